"""What an event can do to a condition through a feature.

From this the engine knows which segments an event leaves as they are, without asking them:

- an event that can only make a condition true matters to no one who is in the segment already,
  and one that can only make it false to no one who is out;
- an event that only restarts a wait makes nobody enter before the wait is over; where something
  else could, it makes nobody enter sooner than without it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

ANY: Final = 0
RAISES: Final = 1  # it makes the condition true at more instants, and false at none
LOWERS: Final = 2  # the other way round
DELAYS: Final = 3  # the condition, or a part, is false until ``wait`` ms after what that is from
OF_KEY: Final = 4  # it concerns only the products that the event's items name


class Dependency(NamedTuple):
    """What an event that changes the feature in ``column`` can do.

    ``keyed``: it is a feature of the segment's key. ``needed``: the condition does not hold before
    the wait is over.
    """

    column: int
    kind: int
    keyed: bool = False
    wait: int = 0
    needed: bool = True


def negated(dependency: Dependency) -> Dependency:
    """The dependency of the negation of a condition."""
    kind = dependency.kind
    if kind == RAISES:
        return dependency._replace(kind=LOWERS)
    if kind == LOWERS:
        return dependency._replace(kind=RAISES)
    return dependency._replace(kind=ANY, wait=0) if kind == DELAYS else dependency
