"""The dependency index: which segments a change of a feature can change.

Sets of segments are integers: bit n is the segment of rank n. A segment that is not evaluated keeps
its membership and its deadline. The deadline may then be too early, and is never too late.

With the 100 rules of `bench.core` an event took 28 % longer where every dependency was `ANY`, and
48 % longer where each segment had a deadline of its own for the same wait.
"""

from __future__ import annotations

from streamseg.core.contacts.contact import UNKNOWN, Contact
from streamseg.core.contacts.deadlines import deadline_of, set_deadline
from streamseg.core.features.base import FOREVER, AgedFeature, Feature
from streamseg.core.segments.dependencies import ANY, DELAYS, LOWERS, OF_KEY, RAISES, Dependency
from streamseg.core.segments.preconditions import Preconditions

# The dependents that wait on a feature, and for how long (ms).
Wait = tuple["WaitDependents", int]


class Dependents:
    """The segments that depend on the contact's feature in ``column``.

    After a change of the feature these are evaluated: ``always`` in any case, ``rising`` if the
    contact is out, ``falling`` if it is in, ``of_key`` for the products that the items name.
    """

    def __init__(self, column: int) -> None:
        self.column = column
        self.always = 0
        self.rising = 0
        self.falling = 0
        self.of_key = 0
        self._outside = 0  # ``always`` and ``rising``

    def add(self, bit: int, dependency: Dependency) -> None:
        """Add a segment by what an event can do to it."""
        if dependency.kind == RAISES:
            self.rising |= bit
        elif dependency.kind in (LOWERS, DELAYS):
            self.falling |= bit
        elif dependency.kind == OF_KEY:
            self.of_key |= bit
        else:
            self.always |= bit
        self._outside = self.always | self.rising

    def at_deadline(self, contact: Contact, instant: int) -> int:
        """The segments to evaluate at the feature's deadline; sets the next deadline."""
        raise NotImplementedError

    def waits_of(self, dependency: Dependency) -> list[Wait]:
        """The waits whose ends are deadlines of the feature, not of the segment that depends."""
        return []

    def restart(self, contact: Contact, instant: int) -> None:
        """Set the feature's deadline, as of ``instant``, for a contact that has none."""

    def expire(self, contact: Contact, instant: int) -> bool:
        """Change the feature as its age demands by ``instant``; returns whether it changed."""
        return False

    def changes_at(self, contact: Contact) -> int:
        """The instant at which age changes the feature; FOREVER: never."""
        return FOREVER

    def affected(self, contact: Contact, instant: int) -> int:
        """The segments to evaluate at ``instant`` after an event changed the feature."""
        inside = contact.inside
        if not inside:
            return self._outside
        rising, falling = self.rising, self.falling
        ruled_out = rising & inside if rising else 0
        affected = self.always | (rising ^ ruled_out) if ruled_out else self._outside
        return affected | (falling & inside) if falling else affected


class _Waiting:
    """The segments that wait for a feature to reach the age ``wait`` (ms); ``is_conditional``: some
    of them have a precondition on another feature.
    """

    __slots__ = ("is_conditional", "segments", "wait")

    def __init__(self, wait: int, segments: int, is_conditional: bool) -> None:
        self.wait = wait
        self.segments = segments
        self.is_conditional = is_conditional


class WaitDependents(Dependents):
    """The segments that wait for a feature to reach an age. A contact that is out of them cannot
    enter before.

    A contact has one deadline for all of them, at `deadline_of` the column: the end of the next
    wait. Waits of segments with an unmet precondition are skipped.
    """

    def __init__(self, column: int, feature: AgedFeature, preconditions: Preconditions) -> None:
        super().__init__(column)
        self._feature = feature
        self._preconditions = preconditions
        self._waits: list[_Waiting] = []  # the shortest first
        self._waiting = 0  # the segments of all waits
        self._conditional = 0  # those with a precondition on another feature
        self.max_age = feature.max_age

    def add(self, bit: int, dependency: Dependency) -> None:
        super().add(bit, dependency)
        if dependency.kind == DELAYS:
            self._waiting |= bit
            if self._preconditions.has_besides(bit, self.column):
                self._conditional |= bit
            waits = {one.wait: one.segments for one in self._waits}
            waits[dependency.wait] = waits.get(dependency.wait, 0) | bit
            self._waits = [
                _Waiting(wait, segments, bool(segments & self._conditional))
                for wait, segments in sorted(waits.items())
            ]

    def affected(self, contact: Contact, instant: int) -> int:
        over = self._wait(contact, instant, -FOREVER)
        affected = super().affected(contact, instant)
        return union(over, affected)

    def at_deadline(self, contact: Contact, instant: int) -> int:
        mask = 0
        if self.expire(contact, instant):
            contact.totals = {}
            mask = self.always | (self.falling & contact.inside)
        return self._preconditions.possible(
            contact, mask | self._wait(contact, instant, instant - 1)
        )

    def waits_of(self, dependency: Dependency) -> list[Wait]:
        waits: list[Wait] = [(self, dependency.wait)] if dependency.kind == DELAYS else []
        return [*waits, (self, self.max_age)] if self.max_age < FOREVER else waits

    def restart(self, contact: Contact, instant: int) -> None:
        contact.state(self.column)
        self._wait(contact, instant, instant)

    def changes_at(self, contact: Contact) -> int:
        return FOREVER if self.max_age >= FOREVER else self.over(contact, self.max_age)

    def expire(self, contact: Contact, instant: int) -> bool:
        contact.state(self.column)
        return self._feature.expire(contact.features, self.column, instant)

    def ends_at(self, contact: Contact, wait: int, instant: int) -> bool:
        """Whether a wait ends at ``instant``, and the feature's deadline is that."""
        if contact.deadlines.get(deadline_of(self.column)) != instant:
            return False
        start = self._feature.ages_from(contact.state(self.column))
        return start is not None and start + wait == instant

    def over(self, contact: Contact, wait: int) -> int:
        """The instant at which a wait ends; FOREVER where the feature has no age."""
        start = self._feature.ages_from(contact.state(self.column))
        return FOREVER if start is None else start + wait

    def _wait(self, contact: Contact, instant: int, after: int) -> int:
        """Set the deadline to the end of the next wait after ``instant``; returns the segments
        whose waits ended in (``after``, ``instant``].
        """
        start = self._feature.ages_from(contact.features.get(self.column))  # it is decoded by now
        if start is None:
            set_deadline(contact, deadline_of(self.column), FOREVER)
            return 0
        mask = 0
        due = start + self.max_age
        # Asked once for all waits: wait by wait an event took 3 % longer under 100 rules.
        possible = UNKNOWN
        for one in self._waits:
            over = start + one.wait
            if over <= instant:
                if over > after:
                    mask |= one.segments
            elif over >= due:
                break
            else:
                if one.is_conditional:
                    if possible == UNKNOWN:
                        possible = self._preconditions.possible(contact, self._waiting)
                    if not possible or not one.segments & possible:
                        continue
                due = over
                break
        set_deadline(contact, deadline_of(self.column), due)
        return mask


def union(one: int, other: int) -> int:
    """The segments of both sets; a large one is not copied to be united with an empty one."""
    if not one:
        return other
    return one | other if other else one


def dependents_of(feature: Feature, column: int, preconditions: Preconditions) -> Dependents:
    """The dependents of a contact's feature."""
    aged = feature.aged()
    return Dependents(column) if aged is None else WaitDependents(column, aged, preconditions)


def dependencies_of_rungs(
    dependencies: list[list[Dependency]], has_anchor: bool
) -> list[Dependency]:
    """The dependencies of a segment, made of those of its rungs."""
    together = [dependency for rung in dependencies for dependency in rung]
    if len(dependencies) == 1 and not has_anchor:
        return together
    # A contact that is in on one rung may still enter another, or begin another episode.
    return [
        dependency._replace(kind=ANY) if dependency.kind in (RAISES, LOWERS) else dependency
        for dependency in together
    ]
