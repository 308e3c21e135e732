"""The index of preconditions: parts that a condition cannot hold without, and that state alone
decides, whatever time it is.

While a precondition is unmet, no event and no wait can make the segment hold. So it is not
evaluated for contacts that are out of it. Sets of segments are integers, as in `dependency_index`.
Those of more than 62 segments are objects: an operation takes 300 instructions, and `& ~` 700.

With the 100 rules of `bench.core` an event took 88 % longer without this index, as 5.7 rungs were
evaluated in place of 0.5.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Any, Final, NamedTuple

from streamseg.core.contact import ENCODED, Contact
from streamseg.core.features.attributes import Attribute
from streamseg.core.features.base import Feature, States
from streamseg.core.predicates import Number

_CACHED: Final = 1024
Asked = tuple[int, list["_Test"]]
# Kinds of preconditions, in the order in which they are tested: the cheapest first.
IS_ONE_OF: Final = 0  # an attribute is one of the texts ``bound``
IS_MEMBER: Final = 1  # the contact is in the segment of the bit ``bound``, which has no keys
HAPPENED: Final = 2  # a feature has counted ``bound`` events
IS_LAST: Final = 3  # a last event is later than the one in the column ``bound``
AMOUNTS_TO: Final = 4  # an open cart, or the values above 0, total at least ``bound``


class Precondition(NamedTuple):
    """A precondition of a ``kind`` on the feature in ``column``; ``of_key``:
    a feature of the key.
    """

    kind: int
    column: int
    bound: Any
    of_key: bool = False


class Preconditions:
    """The preconditions of all segments on a contact's features, or on those of a key."""

    def __init__(self) -> None:
        self.without_keys = 0  # segments of the contact itself
        self._segments = 0  # segments that have preconditions
        self._tests: dict[tuple[int, int], _Test] = {}
        self._in_order: list[_Test] = []  # the cheapest first
        self._asked: dict[int, Asked] = {}  # a cache by set of segments

    def add(self, bit: int, one: Precondition, feature: Feature | None) -> None:
        """Add a precondition of a segment, and the feature that it tests."""
        self._segments |= bit
        place = one.kind, -1 if one.kind == IS_MEMBER else one.column
        if place not in self._tests:
            self._tests[place] = _test_for(one, feature)
            self._in_order = [self._tests[other] for other in sorted(self._tests)]
        self._tests[place].add(bit, one.bound)

    def has_besides(self, bit: int, column: int) -> bool:
        """Whether a segment has another precondition than that the feature in ``column`` has
        counted an event.
        """
        own = HAPPENED, column
        return any(test.segments & bit for place, test in self._tests.items() if place != own)

    def possible(self, contact: Contact, mask: int) -> int:
        """The segments of ``mask`` to evaluate. Left out are segments without keys that the contact
        is out of, and cannot enter as a precondition is unmet.
        """
        out = mask & self.without_keys
        if contact.inside:  # most are in none, and each operation on so many bits costs
            out ^= out & contact.inside
        return mask ^ self.unmet(contact, contact.features, out) if out else mask

    def unmet(self, contact: Contact, states: States, mask: int) -> int:
        """The segments of ``mask`` with an unmet precondition; ``states`` are those of the tested
        features.
        """
        if not self._segments:
            return 0
        asked, tests = self._asked.get(mask) or self._ask(mask)
        found = 0
        for test in tests:
            if test.is_costly and found and asked & found == asked:
                break
            unmet = test.unmet(contact, states)
            if unmet:
                found = found | unmet if found else unmet
        return asked & found if found else 0

    def _ask(self, mask: int) -> Asked:
        """The segments of ``mask`` that have preconditions, and the tests of these."""
        if len(self._asked) >= _CACHED:
            self._asked.clear()
        asked = mask & self._segments
        found = asked, [test for test in self._in_order if test.segments & asked]
        self._asked[mask] = found
        return found


class _Test:
    """A test of one state that tells which segments have an unmet precondition.

    A test that ``is_costly`` is left out once all segments asked about are known to have one.
    """

    is_costly: bool = False

    def __init__(self, column: int) -> None:
        self.column = column
        self.segments = 0

    def add(self, bit: int, bound: Any) -> None:
        """Note the bound of a segment."""
        self.segments |= bit

    def unmet(self, contact: Contact, states: States) -> int:
        """The segments whose bound the state does not meet."""
        raise NotImplementedError


class _IsOneOf(_Test):
    def __init__(self, column: int) -> None:
        super().__init__(column)
        self._unmet: dict[str, int] = {}  # by the attribute's value

    def add(self, bit: int, bound: Any) -> None:
        for value in bound:
            self._unmet.setdefault(value, self.segments)
        super().add(bit, bound)
        for value in self._unmet:
            if value not in bound:
                self._unmet[value] |= bit

    def unmet(self, contact: Contact, states: States) -> int:
        value = Attribute.value(contact.state(self.column))
        return self._unmet.get(value, self.segments) if type(value) is str else self.segments


class _IsMember(_Test):
    def __init__(self) -> None:
        super().__init__(-1)
        self._members: dict[int, int] = {}  # the segments that ask, by the one they ask about

    def add(self, bit: int, bound: Any) -> None:
        super().add(bit, bound)
        self._members[bound] = self._members.get(bound, 0) | bit

    def unmet(self, contact: Contact, states: States) -> int:
        unmet = 0
        for asked, bits in self._members.items():
            if not contact.inside & asked:
                unmet |= bits
        return unmet


class _AtLeast(_Test):
    """Compares a number with the least number that each segment needs."""

    def __init__(self, column: int) -> None:
        super().__init__(column)
        self._bounds: list[Number] = []
        self._from: list[int] = [0]  # by index in _bounds: segments with that bound or a larger one

    def add(self, bit: int, bound: Any) -> None:
        super().add(bit, bound)
        at = bisect_right(self._bounds, bound)
        self._bounds.insert(at, bound)
        self._from.insert(at, self._from[at])
        for place in range(at + 1):
            self._from[place] |= bit

    def above(self, number: Number) -> int:
        """The segments that need more than a number."""
        return self._from[bisect_right(self._bounds, number)]


class _Happened(_AtLeast):
    def __init__(self, column: int) -> None:
        super().__init__(column)
        self._unmet: dict[int, int] = {}  # by count: to search takes 740 instructions

    def unmet(self, contact: Contact, states: States) -> int:
        state = states.get(self.column)
        if state is None:
            return self.segments
        count = len(contact.state(self.column) if type(state) is ENCODED else state)
        unmet = self._unmet.get(count)
        if unmet is None:
            unmet = self._unmet[count] = self.above(count)
        return unmet


class _AmountsTo(_AtLeast):
    is_costly = True

    def __init__(self, column: int, feature: Feature) -> None:
        super().__init__(column)
        self._feature = feature

    def unmet(self, contact: Contact, states: States) -> int:
        most = contact.total(self._feature, self.column)
        if most is not None:
            return self.above(most)
        return self.above(0) if self._feature.adds_up_to_0 else self.segments


class _IsLast(_Test):
    def __init__(self, column: int, before: int) -> None:
        super().__init__(column)
        self._before = before

    def unmet(self, contact: Contact, states: States) -> int:
        earlier = contact.state(self._before)
        if earlier is None:
            return 0
        last = contact.state(self.column)
        return self.segments if last is None or last[0] <= earlier[0] else 0


def _test_for(one: Precondition, feature: Feature | None) -> _Test:
    if one.kind == IS_ONE_OF:
        return _IsOneOf(one.column)
    if one.kind == IS_MEMBER:
        return _IsMember()
    if one.kind == HAPPENED:
        return _Happened(one.column)
    if one.kind == IS_LAST:
        return _IsLast(one.column, one.bound)
    assert feature is not None
    return _AmountsTo(one.column, feature)


def common_preconditions(preconditions: list[list[Precondition]]) -> list[Precondition]:
    """The preconditions of a segment: those that all its rungs have."""
    return [one for one in preconditions[0] if all(one in of_rung for of_rung in preconditions)]
