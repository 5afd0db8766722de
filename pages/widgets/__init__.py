"""What pages draw: `edit(value) -> value` or `show(data)`."""
