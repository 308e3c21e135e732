"""A segment as the engine evaluates it: a compiled definition."""

from __future__ import annotations

from streamseg.core.contacts.contact import SLOTS, Contact
from streamseg.core.contacts.slots import is_inside
from streamseg.core.features.base import States
from streamseg.core.products.facts import ProductFacts
from streamseg.core.segments.definitions import Definition
from streamseg.core.segments.dependency_index import Wait
from streamseg.core.segments.key_groups import KeyGroup


def _wants_event(definition: Definition) -> bool:
    """Whether the message of a trigger needs the event that caused it."""
    options = definition.trigger
    if options is None or options.context is None:
        return definition.on is not None
    # The ``why`` of an instant rule names the event.
    return definition.on is not None or any(
        path == "event" or path.startswith("event.") for path in options.context
    )


class Segment:
    """A definition with its slots and columns in the layout, and its key group.

    ``first_slot`` is the number of its first membership in the contact's slots, or in a key's.
    """

    def __init__(
        self, index: int, definition: Definition, first_slot: int, key_group: KeyGroup | None
    ) -> None:
        self.index = index
        self.definition = definition
        # Fields that each trigger needs: to ask a struct for one takes 160 instructions.
        self.name = definition.name
        self.version = definition.version
        self.per = definition.per
        self.per_product = definition.per == "product"
        self.rungs = definition.rungs
        self.labels = [rung.label for rung in definition.rungs]
        self.conditions = [rung.condition for rung in definition.rungs]
        self.options = definition.trigger
        self.on = definition.on
        self.context = definition.episode.context
        self.first_slot = first_slot
        self.is_ladder = definition.is_ladder
        self.anchor = definition.episode.anchor
        self.once = definition.episode.once
        self.can_return = definition.episode.can_return
        self.earlier = definition.episode.earlier
        self.is_silent = definition.episode.is_silent
        self.is_instant = definition.on is not None
        self.policy = definition.policy
        self.wants_event = _wants_event(definition)
        self.needs_facts = all(rung.condition.needs_facts for rung in definition.rungs)
        self.key_group = -1 if key_group is None else key_group.index
        self.referrers: list[Segment] = []
        # With consents another segment reports the membership: see `derived.outward_of`.
        self.reports_membership = definition.membership and not definition.consents
        self.told_as: Segment = self  # the segment that messages name
        self.rank = 0  # higher than the ranks of all segments that it asks about
        self.bit = 0  # 1 << rank
        # Waits that must be over before it holds: their ends are deadlines of the feature.
        self.waits: list[Wait] = []
        self.columns: list[int] = []  # of its features of the contact
        self.key_columns: list[int] = []  # of its features of the key
        self.keeps = definition.keeps
        self.is_counted = False  # how many are in it, where anything is counted
        self.counts_moves = False  # whether the moves of the label that it keeps are counted
        self.follows = definition.follows

    def holds_in(self, slots: States) -> bool:
        """Whether slots say that the contact is in, on any rung."""
        for column in range(self.first_slot, self.first_slot + len(self.rungs)):
            if is_inside(slots.get(column)):
                return True
        return False

    def stays_in(self, slots: States) -> list[int]:
        """When the present stays began, for all rungs, by the slots."""
        columns = range(self.first_slot, self.first_slot + len(self.rungs))
        found = [slots.get(column) for column in columns]
        return [slot[1] for slot in found if slot is not None and is_inside(slot)]

    def rungs_in(self, slots: States) -> list[int]:
        """The rungs on which slots say that the contact is."""
        count = len(self.rungs)
        return [rung for rung in range(count) if is_inside(slots.get(self.first_slot + rung))]

    def is_changed_by(self, before: ProductFacts, after: ProductFacts) -> bool:
        """Whether this change of a product's facts can change the members of the segment."""
        return any(rung.condition.is_changed_by(before, after) for rung in self.rungs)


def slots_at(contact: Contact, segment: Segment, key: str | None) -> States | None:
    """The slots of a segment for a key (None: the segment has no keys); None where the key is not
    remembered.
    """
    if key is None:
        return contact.slots
    state = contact.key(segment.key_group, key)
    if state is None:
        return None
    slots: States = state[SLOTS]
    return slots


def slots_of(contact: Contact, segment: Segment) -> list[tuple[str | None, States]]:
    """The slots of a segment, for each key (None: the segment has no keys)."""
    group = segment.key_group
    if group < 0:
        return [(None, contact.slots)]
    found: list[tuple[str | None, States]] = []
    for key in list(contact.keys.get(group, ())):
        state = contact.key(group, key)
        assert state is not None
        found.append((key, state[SLOTS]))
    return found
