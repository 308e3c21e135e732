"""The semantics by brute force: slow, and as plainly right as it can be made.

It keeps every event of a contact and asks each definition of the whole log at every instant at
which anything can change. It has no features, no timers and no code in common with `streamseg`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from .course import Course
from .telling import Change, Line
from .values import duration_ms, instant_ms

__all__ = ["Change", "Line", "expected"]


def expected(
    rules: Mapping[str, Any],
    events: Sequence[Mapping[str, Any]],
    *,
    until: int | str | None = None,
    lateness: str = "0s",
) -> tuple[list[Line], list[Line], list[Change]]:
    """What is told of valid events in their order of arrival: the triggers, those that are
    suppressed, and the changes of membership.
    """
    course = Course(rules, duration_ms(lateness))
    for arrival, event in enumerate(events):
        course.take(event, arrival)
    if until is not None:
        course.advance(instant_ms(until))
    return course.teller.triggers, course.teller.decisions, course.teller.membership
