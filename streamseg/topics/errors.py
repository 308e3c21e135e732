"""What can go wrong with topics."""

from __future__ import annotations

from streamseg.core.errors import StreamsegError


class TopicsError(StreamsegError):
    """The catalogue is wrong, or a cluster refuses what it asks for."""
