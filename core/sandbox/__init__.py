"""A child process with limits, for what a user typed or uploaded."""
