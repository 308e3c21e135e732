"""What can go wrong with a local Kafka, and whose fault it is."""

from __future__ import annotations

from streamseg.core.errors import StreamsegError


class BrokerError(StreamsegError):
    """A local Kafka cannot be started, reached or stopped. The message names the way out."""
