"""What a worker tells of itself: its numbers, the table of metrics, and its log."""
