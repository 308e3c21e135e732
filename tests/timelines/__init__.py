"""Timelines: what goes in, drawn as text, and the triggers that must come out of it."""
