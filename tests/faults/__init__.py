"""Crashes, freezes and partitions that change hands, on a real broker."""
