"""What can go wrong in the host, split by whose fault it is and what to do about it."""

from __future__ import annotations

from streamseg.core.errors import StreamsegError


class SetupError(StreamsegError):
    """The settings or the topics do not fit: nothing to retry, a person has to act."""


class LossError(StreamsegError):
    """Records or state that are needed are gone: a person has to choose how to go on."""


class PoisonError(StreamsegError):
    """The engine failed on a record: a bug of ours. The worker stops; nothing is skipped."""

    def __init__(self, topic: str, partition: int, offset: int, cause: BaseException) -> None:
        super().__init__(
            f"the engine failed on the record {topic}-{partition}-{offset}: "
            f"{type(cause).__name__}: {cause}. Nothing of it is committed; this is a bug, please "
            "report it with the rules and the record"
        )
        self.topic = topic
        self.partition = partition
        self.offset = offset


class CommitAbortedError(Exception):
    """The transaction failed and was aborted: the producer is sound, the batch can be redone."""


class ProducerUnsoundError(Exception):
    """The producer was fenced, or the fate of its transaction is unknown: discard it."""


class PartitionsChangedError(Exception):
    """Topics have got more partitions, all that belong together: a new session reads them."""


class OwnershipLostError(Exception):
    """The group has moved on while partitions were being taken over."""
