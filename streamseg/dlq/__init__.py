"""Dead letters: reading them, and sending them again, each at most once."""
