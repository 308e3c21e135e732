"""Dependencies: what an event that changes a feature can do to a condition.

From this the engine knows, without evaluating a segment, that an event does not change it:

- if the event can only make the condition true, and the contact is in already;
- if it can only make the condition false, and the contact is out;
- if it only restarts a wait, and the contact is out: nobody enters before the wait is over.
"""

from __future__ import annotations

from typing import Final, NamedTuple

ANY: Final = 0
RAISES: Final = 1  # it can make the condition true at more instants, never false
LOWERS: Final = 2  # the other way round
DELAYS: Final = 3  # the condition, or a part, is false until the feature is ``wait`` ms old
OF_KEY: Final = 4  # it changes the condition only for the products that the event's items name


class Dependency(NamedTuple):
    """What an event that changes the feature in ``column`` can do.

    ``keyed``: the feature is one of the segment's key. ``needed``: the whole condition cannot hold
    before the wait is over, not only a part of it.
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
