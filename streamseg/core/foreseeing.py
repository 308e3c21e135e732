"""What would come: deciding on a copy of a contact, and telling nobody.

So it is found out whether a product's change, or an event that comes after it, makes a difference;
and whether time alone will end what is about to be told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from streamseg.core.conditions.base import Frame
from streamseg.core.contact import (
    SLOTS,
    Contact,
    is_inside,
    key_next,
    next_instant,
    set_key_next,
)
from streamseg.core.deciding import Decider, Keys
from streamseg.core.features.base import FOREVER, States
from streamseg.core.membership import (
    ENTERED_AT,
    NO_EVENT,
    Place,
    note_entry,
    note_exit,
)
from streamseg.core.segments import Segment
from streamseg.core.sweeps import Sweep
from streamseg.core.telling import Teller

# When, and in which segment, for which key and on which rung, of which anchor (None: left).
Move = tuple[int, int, str | None, int, int | None]


class Untold(Teller):
    """Notes entries and exits and tells nobody: of what is only supposed.

    ``moves`` are those of products.
    """

    def __init__(self) -> None:
        super().__init__(0, 0)
        self.moves: list[Move] = []

    def moves_of(self, product: str) -> list[Move]:
        """The moves of a product."""
        return [move for move in self.moves if move[2] == product]

    def _note(self, place: Place, instant: int, anchor: int | None) -> None:
        if place.segment.per_product:
            self.moves.append((instant, place.segment.index, place.key, place.rung, anchor))

    def enter(self, place: Place, frame: Frame, instant: int, until: int, by_time: bool) -> None:
        """As a teller's."""
        anchor = instant if place.segment.anchor is None else place.segment.anchor(frame)
        note_entry(place, instant, anchor)
        self._note(place, instant, anchor)

    def exit(self, place: Place, instant: int, event_time: int) -> None:
        """As a teller's."""
        note_exit(place, instant)
        self._note(place, instant, None)


class Foreseer(Decider):
    """A decider that looks at what would come, where products change or something is to be told."""

    def bring(self, contact: Contact, change: Sweep) -> None:
        """Bring a product's change to a contact whose segments are decided with the facts now.

        A contact that it moves has what time alone changes until then decided first, with the
        facts before it. To others it is no event: that they had the product for a key brings no
        instant of theirs forward, and only when time may change it from then on is noted.
        """
        product, before, time = change.product, change.before, change.time
        after = self._products.get(product)
        assert after is not None
        concerned = [
            one for one in self._rules.having(contact, product) if one.depends_on(before, after)
        ]
        if next_instant(contact) <= change.since:
            supposed = contact.copy()
            with self._telling_nobody() as untold:
                self._pass(supposed, change)
                self._decide_product(supposed, concerned, product, contact.latest, time)
            moved = {move[1] for move in untold.moves_of(product)}
            if moved.isdisjoint([one.index for one in concerned]):
                _note_nexts(contact, supposed, concerned, product)
                return
            self._pass(contact, change)
        self._decide_product(contact, concerned, product, contact.latest, time)

    def _pass(self, contact: Contact, change: Sweep) -> None:
        """Decide what time alone changes until a product's change, with the facts before it."""
        self._before = (change.product, change.before)
        self.advance(contact, change.since)
        self._before = None

    # -- products that changed after the contact's own instant -----------------------------

    def overtaken(self, products: Iterable[str], instant: int) -> bool:
        """Whether one of the products has changed after an instant of the contact's."""
        for product in products:
            facts = self._products.get(product)
            if facts is not None and facts.changed_at is not None and facts.changed_at > instant:
                return True
        return False

    def decide_overtaken(
        self,
        contact: Contact,
        before: Contact,
        mask: int,
        keys: Keys,
        instant: int,
        event_time: int,
    ) -> None:
        """As ``decide_all`` after an event, of a contact who was as ``before``, where products have
        changed later.

        For those the contact is decided at that change, after what time alone changes until then;
        unless the event makes no difference until then.
        """
        later: dict[str, int] = {}
        self._later = later
        self.decide_all(contact, mask, keys, instant, event_time)
        self._later = None
        for product, changed_at in sorted(later.items(), key=lambda each: (each[1], each[0])):
            segments = self._rules.having(contact, product)
            if next_instant(contact) <= changed_at:
                moved = self._moved(contact, before, product, instant, changed_at)
                if not moved:
                    self._leave_to_time(contact, segments, product, instant, changed_at)
                    continue
                for index in moved:
                    set_key_next(contact, index, product, FOREVER)
                self.teller.following = True
                self.advance(contact, changed_at)
                self.teller.following = False
            self._decide_product(contact, segments, product, instant, event_time)

    def _leave_to_time(
        self,
        contact: Contact,
        segments: Iterable[Segment],
        product: str,
        instant: int,
        changed_at: int,
    ) -> None:
        """Have time decide for a product what it may change until the product's change, and from
        then on the other segments, too.
        """
        others = [one for one in segments if key_next(contact, one.index, product) > changed_at]
        supposed = contact.copy()
        with self._telling_nobody():
            self.advance(supposed, changed_at)
            self._decide_product(supposed, others, product, instant, changed_at)
        _note_nexts(contact, supposed, others, product)

    def _moved(
        self, contact: Contact, before: Contact, product: str, instant: int, until: int
    ) -> set[int]:
        """The segments that the contact is in for a product, until then, otherwise than if
        nothing but time had gone on since ``before``.
        """
        courses = []
        for supposed in (before.copy(), contact.copy()):
            with self._telling_nobody() as untold:
                segments = self._rules.having(supposed, product)
                self._decide_product(supposed, segments, product, instant, NO_EVENT)
                self.advance(supposed, until)
            courses.append(untold.moves_of(product))
        return {move[1] for move in set(courses[0]) ^ set(courses[1])}

    def leaves(self, place: Place, until: int) -> bool:
        """Whether time alone makes the contact leave a membership before the instant ``until``."""
        if next_instant(place.contact) >= until:
            return False
        supposed = place.contact.copy()
        with self._telling_nobody():
            self.advance(supposed, until - 1)
        slots: States = supposed.slots
        if place.key is not None:
            state = supposed.key(place.segment.table, place.key)
            assert state is not None
            slots = state[SLOTS]
        slot = slots[place.segment.first_slot + place.rung]
        return not is_inside(slot) or bool(slot[ENTERED_AT] != place.slot[ENTERED_AT])

    @contextmanager
    def _telling_nobody(self) -> Iterator[Untold]:
        teller = self.teller
        self.teller = untold = Untold()
        try:
            yield untold
        finally:
            self.teller = teller


def _note_nexts(
    contact: Contact, supposed: Contact, segments: Iterable[Segment], product: str
) -> None:
    """Note when time alone may change segments for a product, as found out on a copy."""
    for segment in segments:
        instant = key_next(supposed, segment.index, product)
        set_key_next(contact, segment.index, product, instant)
