"""State written under other rules, brought to these.

What the old layout remembered under the same name is kept; what nothing needs any more is
dropped; what is new begins empty, but for features that must know of a contact that it is not new.
Contacts enter segments that are new, or defined anew, silently.
"""

from __future__ import annotations

from typing import Any

from streamseg.core.contact import FEATURES, SLOTS, TOUCHED, Contact, new_key
from streamseg.core.deciding import Decider
from streamseg.core.features.base import FOREVER
from streamseg.core.rule_set import RuleSet
from streamseg.core.store import Store
from streamseg.core.watching import WaitWatch


class _Mapping:
    """Where the places of an old layout are in the new one."""

    def __init__(self, old: list[Any], new: list[Any], rules: RuleSet) -> None:
        self._rules = rules
        self.features = _by_name(old[0], new[0])
        self.slots: dict[int, int] = {}
        self.segments: dict[int, int] = {}
        # By old and new table where the slots of the segments that they share are.
        self.tables: dict[tuple[int, int], dict[int, int]] = {}
        self.keyed: dict[tuple[int, int], dict[int, int]] = {}  # and where features are
        self.changed: list[int] = []
        known = {segment[0]: (index, segment) for index, segment in enumerate(old[1])}
        for index, (name, version, first, labels, table) in enumerate(new[1]):
            if name not in known:
                self.changed.append(index)
                continue
            old_index, (_, old_version, old_first, old_labels, old_table) = known[name]
            if old_version != version:
                self.changed.append(index)
            rungs = _by_name(old_labels, labels)
            self.segments[old_index] = index
            slots = {old_first + one: first + other for one, other in rungs.items()}
            if table < 0 and old_table < 0:
                self.slots |= slots
            elif table >= 0 and old_table >= 0:
                self.tables.setdefault((old_table, table), {}).update(slots)
                self.keyed[old_table, table] = _by_name(old[2][old_table], new[2][table])

    def bring(self, contact: Contact) -> None:
        """Move a contact's states to their new places."""
        noted = {~place: due for place, due in contact.nexts.items() if place < 0}
        contact.features = _moved(contact.features, self.features)
        contact.slots = _moved(contact.slots, self.slots)
        contact.nexts = _moved(contact.nexts, self.segments)
        contact.inside = self._rules.inside(contact.slots)
        self._note_waits(contact, _moved(noted, self.features))
        contact.keyed = self._keys(contact)
        contact.key_nexts = _moved(contact.key_nexts, self.segments)
        contact.pending = [
            [entry[0], self.segments[entry[1]], *entry[2:]]
            for entry in contact.pending
            if entry[1] in self.segments
        ]

    def _keys(self, contact: Contact) -> dict[int, dict[str, Any]]:
        """The keys of a contact in the new tables; what two old ones have of a key is joined."""
        tables: dict[int, dict[str, Any]] = {}
        for (old, new), slots in self.tables.items():
            for key in list(contact.keyed.get(old, ())):
                state = contact.key(old, key)
                assert state is not None
                keys = tables.setdefault(new, {})
                joined = keys.setdefault(key, new_key())
                joined[TOUCHED] = max(joined[TOUCHED], state[TOUCHED])
                joined[FEATURES] |= _moved(state[FEATURES], self.keyed[old, new])
                joined[SLOTS] |= _moved(state[SLOTS], slots)
        return {
            table: dict(sorted(keys.items(), key=lambda one: one[1][TOUCHED]))
            for table, keys in tables.items()
        }

    def _note_waits(self, contact: Contact, noted: dict[int, int]) -> None:
        """Note by segment when their waits are over, and by feature when its age changes it."""
        nexts = contact.nexts
        for segment in self._rules.segments:
            for watch, wait in segment.waits:
                over = watch.over(contact, wait)
                if noted.get(watch.place, FOREVER) <= over < FOREVER:
                    nexts[segment.index] = min(over, nexts.get(segment.index, over))
        for one in self._rules.watches:
            if isinstance(one, WaitWatch):
                over = one.over(contact, one.max_age)
                if over < FOREVER:
                    nexts[~one.place] = over


def _by_name(old: list[Any], new: list[Any]) -> dict[int, int]:
    places = {name: place for place, name in enumerate(new)}
    return {place: places[name] for place, name in enumerate(old) if name in places}


def _moved(states: dict[int, Any], places: dict[int, int]) -> dict[int, Any]:
    return {places[place]: state for place, state in states.items() if place in places}


def migrate(
    contacts: Store[Contact],
    layouts: dict[int, list[Any]],
    rules: RuleSet,
    decider: Decider,
    layout: int,
    now: int,
) -> None:
    """Bring contacts that were written under ``layouts`` to ``layout``, the one of ``rules``."""
    new = rules.layout()
    beginning: list[tuple[int, Any]] = [
        (place, feature)
        for place, feature in enumerate(rules.contact.features)
        if hasattr(feature, "begin")
    ]
    mappings = {number: _Mapping(old, new, rules) for number, old in layouts.items()}
    for raw, value in list(contacts.resting.items()):
        contact = Contact.decode(raw, value)
        mapping = mappings.get(contact.layout)
        if mapping is not None:
            mapping.bring(contact)
            for place, feature in beginning:
                if place not in mapping.features.values():
                    feature.begin(contact.features, place)
            contact.layout = layout
            contacts.add(raw.decode(), contact)
            decider.settle(contact, mapping.changed, max(now, contact.latest))
