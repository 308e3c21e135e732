"""Finds losses: records that were deleted before they were read, and state that was deleted.

A worker that finds a loss stops and tells the choices, so that nothing is lost, and nothing fires
again, unless somebody wants it. With `--accept-loss` it logs and counts the loss, and goes on with
what is left.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, NamedTuple

from streamseg.stream.errors import LossError

if TYPE_CHECKING:
    from aiokafka import TopicPartition

    from streamseg.observe.stats import WorkerStats

log = logging.getLogger(__name__)

ANEW: Final = (
    "or compute all state anew (docs/operations.md, Computing anew), which reads what is still "
    "kept from its beginning and fires again, with the same ids, what is not yet stale"
)


class StateLog(NamedTuple):
    """A changelog partition as the cluster has it: tells whether it is still the same log."""

    id: str  # of the topic; empty where the broker gives none
    first: int  # the oldest offset that is there


class Losses:
    """Judges what a worker finds; ``accepted``: go on with what is left."""

    def __init__(self, stats: WorkerStats, *, accepted: bool) -> None:
        self._stats = stats
        self._accepted = accepted

    def check_input(self, tp: TopicPartition, offset: int, first: int, end: int) -> int:
        """The offset at which to go on with an input that was read up to ``offset``, and whose log
        goes from ``first`` to ``end``.

        Raises LossError, unless that is accepted.
        """
        if first <= offset <= end:
            return offset
        if offset < first:
            self._met(
                tp,
                first - offset,
                f"{first - offset} records of {tp.topic}-{tp.partition} (offsets {offset} to "
                f"{first - 1}) were deleted before they were read",
                f"goes on without them at offset {first}",
            )
        else:
            self._met(
                tp,
                offset - end,
                f"{tp.topic}-{tp.partition} ends at offset {end}, but was read up to {offset}: it "
                "was made anew or cut off",
                f"goes on at its first record, offset {first}",
            )
        return first

    def check_log(self, tp: TopicPartition, known: StateLog, found: StateLog) -> None:
        """Whether a changelog still is what its state was written to. Raises LossError.

        ``known`` is what the state says of it.
        """
        place = f"{tp.topic}-{tp.partition}"
        if known.id and found.id and known.id != found.id:
            self._met(
                tp,
                1,
                f"{place} was deleted and made anew: the state of whoever has not changed since is "
                "gone",
                "goes on with the state that is left",
            )
        elif found.first > known.first:
            self._met(
                tp,
                found.first - known.first,
                f"the first records of {place} (offsets {known.first} to {found.first - 1}) were "
                "deleted: the state of whoever has not changed since is gone",
                "goes on with the state that is left",
            )

    def check_state(self, log_tp: TopicPartition, tp: TopicPartition, read: int, done: int) -> None:
        """Whether a changelog has all that its group has done. Raises LossError.

        ``read`` is how far the state includes the input ``tp``, and ``done`` how far the group has
        committed it.
        """
        if done <= read:
            return
        place = f"{log_tp.topic}-{log_tp.partition}"
        self._met(
            log_tp,
            done - read,
            f"{place} lacks what was written last: it includes {tp.topic}-{tp.partition} up to "
            f"offset {read}, and the group has worked it off up to {done}",
            f"goes on at offset {read} with that state, and fires again, with the same ids, what "
            "those records bring about",
        )

    def check_empty(self, log_tp: TopicPartition, tp: TopicPartition, done: int) -> None:
        """A changelog without state whose group has committed ``done``. Raises LossError."""
        if done == 0:
            return
        self._met(
            log_tp,
            done,
            f"{log_tp.topic}-{log_tp.partition} has no state, but the group has worked "
            f"{tp.topic}-{tp.partition} off up to offset {done}: the changelog was deleted or "
            "emptied",
            f"goes on at offset {done}, knowing nothing of what was before: nothing fires again, "
            "and nothing that depends on the past",
        )

    def _met(self, tp: TopicPartition, records: int, what: str, accepting: str) -> None:
        self._stats.lost[tp.topic, tp.partition] += records
        if not self._accepted:
            raise LossError(
                f"{what}. Choose: start a worker once with --accept-loss, which {accepting}; {ANEW}"
            )
        log.error("%s. This is accepted (--accept-loss): the worker %s", what, accepting)
