"""Alerts on the size of a segment and on how fast contacts enter; each minute is decided once."""
