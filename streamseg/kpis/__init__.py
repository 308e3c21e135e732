"""`streamseg stats`: what the partitions counted, added up, and what it proves."""
