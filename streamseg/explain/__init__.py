"""What is told of a contact to who asks: in which segments, and why or why not."""
