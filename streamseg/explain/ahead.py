"""What time alone changes if no event comes: when the truth of a rung, and of each part of its
condition, changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streamseg.core.conditions.base import Truth as TruthValue
from streamseg.core.contacts.slots import is_inside
from streamseg.core.features.base import FOREVER
from streamseg.core.values.timestamps import LATEST_MS, format_time
from streamseg.explain.answers import Change, Truth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from streamseg.core.conditions.base import EvalContext, Part
    from streamseg.core.peek import Peek
    from streamseg.core.segments.segment import Segment

MOST_STEPS: Final = 64  # from one instant at which something may change to the next
TRUTHS: Final[dict[TruthValue, Truth]] = {True: "true", False: "false", None: "unknown"}

Path = tuple[int, ...]  # the place of a part in the tree
ChangesOfParts = dict[Path, Change | None]


def changes_of_rungs(ahead: Peek, segment: Segment, key: str | None) -> list[Change | None]:
    """By rung the next instant at which time alone changes it: ``ahead`` goes to it."""
    begun = [
        is_inside(ahead.membership(segment, key, rung).slot) for rung in range(len(segment.rungs))
    ]
    found: list[Change | None] = [None] * len(begun)
    if segment.is_instant:
        return found
    steps = 0
    while None in found and steps < MOST_STEPS:
        if not _may_change(ahead, segment, key) or not ahead.go_on() or ahead.instant > LATEST_MS:
            return found
        steps += 1
        for rung, was in enumerate(begun):
            inside = is_inside(ahead.membership(segment, key, rung).slot)
            if found[rung] is None and inside is not was:
                found[rung] = Change(format_time(ahead.instant), TRUTHS[inside])
    if steps == MOST_STEPS:
        bound = Change(format_time(ahead.instant), None)
        return [bound if one is None else one for one in found]
    return found


def _may_change(peek: Peek, segment: Segment, key: str | None) -> bool:
    """Whether time alone can change a segment from here on: by itself, or through one that it asks
    about, be it the one that keeps a label's moves.
    """
    own = None if segment.per is None else key
    return any(
        rung.condition.at(peek.context(segment, own, number), peek.instant)[1] < FOREVER
        for number, rung in enumerate(segment.rungs)
    ) or _others_may_change(peek, segment, key)


def _others_may_change(peek: Peek, segment: Segment, key: str | None) -> bool:
    others = [one for rung in segment.rungs for one in rung.condition.asked_segments()]
    return any(one.per not in (None, segment.per) or _may_change(peek, one, key) for one in others)


def next_change(part: Part, ctx: EvalContext, instant: int) -> Change | None:
    """The next instant at which time alone changes a condition that asks about no segment;
    bounds are followed.
    """
    condition, change = part.condition, part.change
    for _ in range(MOST_STEPS):
        if change > LATEST_MS:
            return None
        if change <= instant:  # a bound that does not move on
            return None
        instant = change
        truth, change = condition.at(ctx, instant)
        if truth is not part.truth:
            return Change(format_time(instant), TRUTHS[truth])
    return Change(format_time(instant), None)


def changes_of_parts(
    look: Callable[[], Peek], segment: Segment, key: str | None, rung: int, root: Part
) -> ChangesOfParts:
    """The same of the parts of a rung's tree that ask about other segments, or are made of such: a
    look goes on in time, with the other segments.
    """
    left = {path: part for path, part in _walk(root) if part.condition.asked_segments()}
    found: ChangesOfParts = dict.fromkeys(left)
    if not left:
        return found
    ahead = look()
    for _ in range(MOST_STEPS):
        bounds = [part.change for part in left.values() if part.change > ahead.instant]
        if _others_may_change(ahead, segment, key):
            bounds.append(ahead.due)
        instant = min(bounds, default=FOREVER)
        if instant > LATEST_MS:
            return found
        ahead.go_to(instant)
        now = dict(_walk(ahead.explain(segment, key, rung)[1]))
        for path, part in left.items():
            if now[path].truth is not part.truth:
                found[path] = Change(format_time(instant), TRUTHS[now[path].truth])
        left = {path: now[path] for path in left if found[path] is None}
    return found | dict.fromkeys(left, Change(format_time(ahead.instant), None))


def _walk(part: Part, path: Path = ()) -> Iterator[tuple[Path, Part]]:
    yield path, part
    for number, one in enumerate(part.parts):
        yield from _walk(one, (*path, number))
