"""What can go wrong in the host, split by whose fault it is and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamseg.core.errors import Refused, StateError, StreamsegError

if TYPE_CHECKING:
    from aiokafka import TopicPartition


class SetupError(StreamsegError):
    """The settings or the topics do not fit: nothing to retry, a person has to act."""


class LossError(StreamsegError):
    """Records or state that are needed are gone: a person has to choose how to go on."""


class EngineError(StreamsegError):
    """The engine failed, and no record is to blame: a bug of ours. The worker stops."""

    def __init__(self, where: str, cause: BaseException) -> None:
        super().__init__(
            f"the engine failed {where}: {shown(cause)}. Nothing of it is committed; this is a "
            "bug, please report it with the rules"
        )


class PoisonError(StreamsegError):
    """The engine failed on a record: a bug of ours. Nothing of the record is kept."""

    def __init__(self, tp: TopicPartition, offset: int, cause: BaseException) -> None:
        super().__init__(
            f"the engine failed on the record {tp.topic}-{tp.partition}-{offset}: {shown(cause)}. "
            "Nothing of it is committed; this is a bug, please report it with the rules and the "
            "record. To go on without it, start with STREAMSEG_ON_POISON=park: the record then "
            "goes to the dead letters"
        )
        self.tp = tp
        self.offset = offset
        self.refused = Refused("engine_error", f"the engine failed on the record: {shown(cause)}")


class UnsureError(Exception):
    """The engine failed on one of several records. Fewer at a time will show which one."""


def newer_record(tp: TopicPartition, offset: int, error: StateError) -> StateError:
    """The error of a record that a newer version wrote, with the place of the record."""
    return StateError(f"{tp.topic}-{tp.partition}-{offset}: {error}")


def shown(cause: BaseException) -> str:
    """An exception as a message has it."""
    return f"{type(cause).__name__}: {cause}"[:1_000]


class CommitAbortedError(Exception):
    """The transaction failed and was aborted: the producer is sound, the batch can be redone."""


class ProducerUnsoundError(Exception):
    """The producer was fenced, or the fate of its transaction is unknown: discard it."""


class PartitionsChangedError(Exception):
    """Topics have got more partitions, all that belong together: a new session reads them."""


class OwnershipLostError(Exception):
    """The group has moved on while partitions were being taken over."""


class LoginChangedError(Exception):
    """The password was renewed: a new session logs in with the new one."""
