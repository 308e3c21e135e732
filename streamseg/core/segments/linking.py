"""Linking: gives conditions the segments that they name, and segments their ranks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter

from streamseg.core.segments.binding import Binder
from streamseg.core.segments.segment import Segment


def link(
    binder: Binder, defined: Sequence[Segment], keepers: Mapping[str, Segment]
) -> list[Segment]:
    """Link conditions to the segments that they name. Returns all segments by rank: each after
    those that it asks about.
    """
    by_name = {segment.name: segment for segment in defined}
    asked: list[tuple[Segment, Segment]] = []
    for segment, condition in binder.references:
        target = by_name[condition.name]
        condition.link(target, segment.per)
        asked.append((segment, target))
    for segment, moved in binder.moved:
        keeper = keepers[moved.label.text]
        moved.link(keeper, tells_of_tables=segment.definition.fires_on_table)
        asked.append((segment, keeper))
    asks: dict[int, set[int]] = {segment.index: set() for segment in binder.segments}
    for segment, target in asked:
        asks[segment.index].add(target.index)
        if segment not in target.referrers and segment.definition.on is None:
            target.referrers.append(segment)
    ranked = [binder.segments[index] for index in TopologicalSorter(asks).static_order()]
    for rank, segment in enumerate(ranked):
        segment.rank = rank
        segment.bit = 1 << rank
    return ranked
