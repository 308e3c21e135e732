"""Alerts on how many are in a segment, and how fast they come: each minute is decided once."""
