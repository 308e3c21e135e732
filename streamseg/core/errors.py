"""Errors split by whose fault they are: the record, the rules, the state or the caller."""

from __future__ import annotations


class StreamsegError(Exception):
    """Base of every error that Streamseg raises on purpose."""


class Refused(StreamsegError):
    """A record is at fault: it goes to the dead letters with ``code`` and ``message``."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class StateError(StreamsegError):
    """Stored state cannot be read: written by a newer version, or damaged."""
