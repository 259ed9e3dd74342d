"""The tags that are in use, gathered from everything that has tags."""
