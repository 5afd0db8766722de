"""What the Start page draws."""
