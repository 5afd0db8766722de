"""What happens inside a model when it looks at one picture."""
