"""State as text: what an installation remembers, to take elsewhere or to look at."""
