"""What the Modules page draws."""
