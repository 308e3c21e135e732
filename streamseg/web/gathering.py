"""Combines the answers of several workers into one."""

from __future__ import annotations

from difflib import get_close_matches
from itertools import zip_longest
from typing import TYPE_CHECKING

from msgspec.structs import replace

from streamseg.web.answers import (
    Answered,
    ProductAnswer,
    Rates,
    SegmentAnswer,
    SegmentsAnswer,
    WorkerAnswer,
    WorkersAnswer,
)
from streamseg.web.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streamseg.web.peers import Gathered


def segments(
    mine: SegmentsAnswer, others: Iterable[SegmentsAnswer], partitions: int
) -> SegmentsAnswer:
    """Counts added up; of segments that another worker has under other rules, only those shared."""
    found = {one.segment: one for one in mine.segments}
    answered = mine.partitions.answered
    for other in others:
        answered += other.partitions.answered
        for one in other.segments:
            known = found.get(one.segment)
            if known is not None:
                found[one.segment] = _added(known, one)
    return replace(mine, partitions=Answered(answered, partitions), segments=list(found.values()))


def _added(one: SegmentAnswer, other: SegmentAnswer) -> SegmentAnswer:
    members, size = one.members, one.size
    if size is not None and other.size is not None:
        size += other.size
    if members is not None and other.members is not None:
        members = {rung: count + other.members.get(rung, 0) for rung, count in members.items()}
    entered, rates = one.entered, one.entered_rates
    if entered is not None and other.entered is not None:
        entered += other.entered
    if rates is not None and other.entered_rates is not None:
        rates = _sum(rates, other.entered_rates)
    reasons = {*one.suppressed, *other.suppressed}
    return replace(
        one,
        members=members,
        size=size,
        fired=one.fired + other.fired,
        cancelled=one.cancelled + other.cancelled,
        suppressed={
            reason: one.suppressed.get(reason, 0) + other.suppressed.get(reason, 0)
            for reason in sorted(reasons)
        },
        entered=entered,
        fired_rates=_sum(one.fired_rates, other.fired_rates),
        suppressed_rates=_sum(one.suppressed_rates, other.suppressed_rates),
        entered_rates=rates,
        series=[a + b for a, b in zip(one.series, other.series, strict=True)],
        hours=[a + b for a, b in zip_longest(one.hours, other.hours, fillvalue=0)],
        alerts=sorted({*one.alerts, *other.alerts}),
    )


def _sum(one: Rates, other: Rates) -> Rates:
    return Rates(one.minute + other.minute, one.hour + other.hour, one.day + other.day)


def product(
    name: str, mine: ProductAnswer | None, others: Sequence[ProductAnswer], partitions: int
) -> ProductAnswer:
    """The facts of a product from a worker that has them, and how many contacts of all workers have
    it as a key. Raises Problem where no worker has any.
    """
    told = [*([] if mine is None else [mine]), *others]
    if not told:
        raise no_product(name)
    latest = max(told, key=lambda one: one.changed_at or "")
    answered = sum(one.partitions.answered for one in told)
    waiting = sum(one.waiting for one in told)
    return replace(latest, waiting=waiting, partitions=Answered(answered, partitions))


def alone(
    worker: WorkerAnswer, partitions: tuple[int, int], topics: dict[str, str]
) -> WorkersAnswer:
    """A worker's answer of itself, and where topics are browsed."""
    return WorkersAnswer(Answered(*partitions), [worker], [], topics)


def workers(mine: WorkersAnswer, others: Gathered[WorkersAnswer], partitions: int) -> WorkersAnswer:
    """All that answered, and the addresses of those that did not."""
    told = [mine, *others.answers]
    answered = sum(one.partitions.answered for one in told)
    found = [worker for one in told for worker in one.workers]
    return WorkersAnswer(Answered(answered, partitions), found, others.silent, mine.topics)


def no_segment(name: str, names: Sequence[str]) -> Problem:
    """There is no such segment: with the nearest name."""
    near = get_close_matches(name, names, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return Problem(404, "no_segment", f"the rules have no segment {name}{hint}")


def no_product(name: str) -> Problem:
    """Nothing was told of a product."""
    return Problem(404, "no_product", f"nothing was told of product {name}")
