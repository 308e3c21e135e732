"""Streamseg: real-time micro-segments and exact triggers from a stream of shop events."""

__version__ = "0.1.0"
