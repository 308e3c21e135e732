"""Bytes to events, outcomes to bytes."""
