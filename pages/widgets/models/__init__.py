"""What the Models page draws."""
