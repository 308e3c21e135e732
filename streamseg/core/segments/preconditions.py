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

from streamseg.core.contacts.contact import ENCODED, Contact
from streamseg.core.features.attributes import Attribute
from streamseg.core.features.base import Feature, States
from streamseg.core.values.predicates import Number

_MOST_NODES: Final = 16_384  # of all decision trees; then they are grown anew
# Kinds of preconditions, in the order in which they are tested: the cheapest first.
IS_ONE_OF: Final = 0  # an attribute is one of the texts ``bound``
IS_MEMBER: Final = 1  # the contact is in the segment of the bit ``bound``, which has no keys
HAPPENED: Final = 2  # a feature has counted ``bound`` events
IS_LAST: Final = 3  # a last event is later than the one in the column ``bound``
AMOUNTS_TO: Final = 4  # an open cart, or the values above 0, total at least ``bound``


class Precondition(NamedTuple):
    """A precondition of a ``kind`` on the feature in ``column`` of the contact, or (``of_key``) of
    the key.
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
        # The roots of decision trees by set of segments: for all of them, and for those without
        # keys.
        self._roots: dict[int, _Node] = {}
        self._roots_without_keys: dict[int, _Node] = {}
        self._nodes = 0

    def add(self, bit: int, one: Precondition, feature: Feature | None) -> None:
        """Add a precondition of a segment, and the feature that it tests."""
        self._segments |= bit
        place = one.kind, one.bound.bit_length() if one.kind == IS_MEMBER else one.column
        if place not in self._tests:
            self._tests[place] = _test_for(one, feature)
            self._in_order = [self._tests[other] for other in sorted(self._tests)]
        self._tests[place].add(bit, one.bound)
        self._forget_trees()

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
        kept = mask & contact.inside if contact.inside else 0
        if kept:
            mask ^= kept
        root = self._roots_without_keys.get(mask)
        if root is None:
            root = self._roots_without_keys[mask] = self._root(mask, mask & self.without_keys)
        met = self._met(root, contact, contact.features)
        return met | kept if kept else met

    def met(self, contact: Contact, states: States, mask: int) -> int:
        """The segments of ``mask`` without an unmet precondition; ``states`` are those of the
        tested features.
        """
        if not self._segments:
            return mask
        root = self._roots.get(mask)
        if root is None:
            root = self._roots[mask] = self._root(mask, mask)
        return self._met(root, contact, states)

    # -- decision trees --------------------------------------------------------------------

    def _met(self, node: _Node, contact: Contact, states: States) -> int:
        """The segments that remain at the leaf that a contact leads to.

        A tree asks only what can still make a difference, and has no operation on sets: to ask all
        tests and unite what they found took 2,500 instructions in place of 1,600.
        """
        test = node.test
        while test is not None:
            outcome = test.outcome(contact, states)
            following = node.following[outcome]
            if following is None:
                following = node.following[outcome] = self._follow(node, test, outcome)
            node = following
            test = node.test
        return node.met

    def _root(self, mask: int, asked: int) -> _Node:
        """The root of the tree for the segments of ``mask``, of which ``asked`` are tested."""
        return self._node(mask, asked & self._segments, 0)

    def _follow(self, node: _Node, test: _Test, outcome: int) -> _Node:
        """The node after an outcome of a node's test."""
        unmet = node.asked & test.unmet(outcome)
        return self._node(node.met ^ unmet, node.asked ^ unmet, node.place + 1)

    def _node(self, met: int, asked: int, place: int) -> _Node:
        """A node with the next test, from ``place`` on, of any of the segments ``asked``."""
        if self._nodes >= _MOST_NODES:
            self._forget_trees()
        self._nodes += 1
        for number in range(place, len(self._in_order)):
            test = self._in_order[number]
            if test.segments & asked:
                return _Node(met, asked, number, test)
        return _Node(met, asked, place, None)

    def _forget_trees(self) -> None:
        self._roots, self._roots_without_keys, self._nodes = {}, {}, 0


class _Node:
    """A node of a decision tree: the segments that were ``met`` so far, those of them that are
    ``asked`` about, the ``test`` to do next, at its ``place`` (None: it is a leaf), and by the
    outcome of the test the ``following`` nodes that some contact led to.
    """

    __slots__ = ("asked", "following", "met", "place", "test")

    def __init__(self, met: int, asked: int, place: int, test: _Test | None) -> None:
        self.met = met
        self.asked = asked
        self.place = place
        self.test = test
        self.following: list[_Node | None] = [] if test is None else [None] * test.outcomes


class _Test:
    """A test of one state that tells which segments have an unmet precondition: its ``outcome`` is
    a number below ``outcomes``.
    """

    outcomes: int = 2

    def __init__(self, column: int) -> None:
        self.column = column
        self.segments = 0

    def add(self, bit: int, bound: Any) -> None:
        """Note the bound of a segment."""
        self.segments |= bit

    def outcome(self, contact: Contact, states: States) -> int:
        """The outcome for a contact's states."""
        raise NotImplementedError

    def unmet(self, outcome: int) -> int:
        """The segments whose bound is not met; of two outcomes, 1 means all of them."""
        return self.segments if outcome else 0


class _IsOneOf(_Test):
    outcomes = 1

    def __init__(self, column: int) -> None:
        super().__init__(column)
        self._numbers: dict[str, int] = {}  # by the attribute's value its outcome; of others 0
        self._unmet: list[int] = [0]  # by outcome

    def add(self, bit: int, bound: Any) -> None:
        for value in bound:
            if value not in self._numbers:
                self._numbers[value] = len(self._unmet)
                self._unmet.append(self.segments)
        super().add(bit, bound)
        for value, number in self._numbers.items():
            if value not in bound:
                self._unmet[number] |= bit
        self._unmet[0] = self.segments
        self.outcomes = len(self._unmet)

    def outcome(self, contact: Contact, states: States) -> int:
        value = Attribute.value(contact.state(self.column))
        return self._numbers.get(value, 0) if type(value) is str else 0

    def unmet(self, outcome: int) -> int:
        return self._unmet[outcome]


class _IsMember(_Test):
    def __init__(self, asked: int) -> None:
        super().__init__(-1)
        self._asked = asked

    def outcome(self, contact: Contact, states: States) -> int:
        inside = contact.inside
        return 0 if inside and inside & self._asked else 1


class _AtLeast(_Test):
    """Compares a number with the least number that each segment needs: the outcome is 0 where there
    is no number, else one more than the number of bounds that it reaches.
    """

    def __init__(self, column: int) -> None:
        super().__init__(column)
        self.bounds: list[Number] = []
        self._from: list[int] = [0]  # by index in bounds: segments with that bound or a larger one

    def add(self, bit: int, bound: Any) -> None:
        super().add(bit, bound)
        at = bisect_right(self.bounds, bound)
        self.bounds.insert(at, bound)
        self._from.insert(at, self._from[at])
        for place in range(at + 1):
            self._from[place] |= bit
        self.outcomes = len(self.bounds) + 2

    def unmet(self, outcome: int) -> int:
        return self._from[outcome - 1] if outcome else self.segments


class _Happened(_AtLeast):
    def __init__(self, column: int) -> None:
        super().__init__(column)
        self._known: dict[int, int] = {}  # by count the outcome: to search takes 740 instructions

    def add(self, bit: int, bound: Any) -> None:
        super().add(bit, bound)
        self._known = {}

    def outcome(self, contact: Contact, states: States) -> int:
        state = states.get(self.column)
        if state is None:
            return 0
        count = len(contact.state(self.column) if type(state) is ENCODED else state)
        known = self._known.get(count)
        if known is None:
            known = self._known[count] = bisect_right(self.bounds, count) + 1
        return known


class _AmountsTo(_AtLeast):
    def __init__(self, column: int, feature: Feature) -> None:
        super().__init__(column)
        self._feature = feature

    def outcome(self, contact: Contact, states: States) -> int:
        most = contact.total(self._feature, self.column)
        if most is not None:
            return bisect_right(self.bounds, most) + 1
        return bisect_right(self.bounds, 0) + 1 if self._feature.adds_up_to_0 else 0


class _IsLast(_Test):
    def __init__(self, column: int, before: int) -> None:
        super().__init__(column)
        self._before = before

    def outcome(self, contact: Contact, states: States) -> int:
        earlier = contact.state(self._before)
        if earlier is None:
            return 0
        last = contact.state(self.column)
        return 1 if last is None or last[0] <= earlier[0] else 0


def _test_for(one: Precondition, feature: Feature | None) -> _Test:
    if one.kind == IS_ONE_OF:
        return _IsOneOf(one.column)
    if one.kind == IS_MEMBER:
        return _IsMember(one.bound)
    if one.kind == HAPPENED:
        return _Happened(one.column)
    if one.kind == IS_LAST:
        return _IsLast(one.column, one.bound)
    assert feature is not None
    return _AmountsTo(one.column, feature)


def common_preconditions(preconditions: list[list[Precondition]]) -> list[Precondition]:
    """The preconditions of a segment: those that all its rungs have."""
    return [one for one in preconditions[0] if all(one in of_rung for of_rung in preconditions)]
