"""Answers about a contact: which segments it is in, and why or why not."""
