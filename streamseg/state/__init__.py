"""State as text: exports and imports what an installation remembers."""
