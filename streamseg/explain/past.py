"""A contact as it was at an instant in the past: its events are replayed in a separate engine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from streamseg.core.contacts.contact import new_contact
from streamseg.core.contacts.moves import unknown_moves
from streamseg.core.events import Event
from streamseg.core.messages.outcomes import Outcome, ProductChange
from streamseg.core.partition import Partition
from streamseg.core.peek import Peek
from streamseg.core.segments.rule_set import RuleSet
from streamseg.core.tables.mail import TableSet
from streamseg.core.values.timestamps import format_time
from streamseg.explain.answers import ContactAnswer, WhyAnswer
from streamseg.explain.contact import describe
from streamseg.explain.told_ids import counts_as_fired, of_outcome, tell_id
from streamseg.explain.why import NotAskedError, of_keeper, segment_named, why


class Past:
    """Looks at a contact at an instant, or at who they were merged into.

    ``history_from``: the oldest record known (ms); ``told``: what the engine told, in order.
    ``notes`` are what else there is to say of it.
    """

    def __init__(
        self,
        partition: Partition,
        contact: str,
        at: int,
        lateness: int,
        history_from: int | None,
        told: Iterable[object],
    ) -> None:
        self._partition = partition
        self._contact = contact
        self._at = at
        self._lateness = lateness
        self._history_from = history_from
        self._told = told
        self.notes: list[str] = []
        self._asked = contact
        into = partition.leads_to(contact)
        while into is not None:
            self._contact = into
            into = partition.leads_to(into)

    @property
    def _merged_into(self) -> str | None:
        return None if self._contact == self._asked else self._contact

    def _peek(self) -> Peek:
        peek = self._partition.peek(self._contact, self._at)
        if peek is None:
            told = f"{self._contact} was never seen by {format_time(self._at)}, or erased"
            raise NotAskedError("no_state", of_keeper(told, self._asked, self._contact))
        return peek

    def why(self, rules: RuleSet, segment: str, key: str | None) -> WhyAnswer:
        """Why it was in a segment, or was not. Raises NotAskedError."""
        asked = segment_named(rules, segment)
        answer = why(self._peek, asked, key, self._lateness)
        answer.history_from = _text(self._history_from)
        answer.merged_into = self._merged_into
        answer.notes += self.notes
        names = {answer.contact, *answer.merged_ids}
        fired = [one for one in self._told if isinstance(one, Outcome) and one.contact in names]
        tell_id(answer, (of_outcome(one) for one in fired if counts_as_fired(one.type, one.reason)))
        return answer

    def describe(self) -> ContactAnswer:
        """Its segments, and what was due next. Raises NotAskedError."""
        described = describe(self._peek(), raw=False)
        described.history_from = _text(self._history_from)
        described.merged_into = self._merged_into
        described.notes = self.notes
        return described


class Playing:
    """Plays a contact's events, with those of who was merged into it, and the changes of the
    products that they name, to an engine of its own, under the quantile tables that were made of
    all contacts.

    ``history_from``: what was before is gone, so that what depends on it is unknown; None: there
    was nothing before. Raises NotAskedError where there are no events.
    """

    def __init__(
        self,
        rules: RuleSet,
        contact: str,
        events: list[Event],
        changes: list[ProductChange],
        at: int,
        lateness: int,
        history_from: int | None,
        tables: Sequence[TableSet] = (),
    ) -> None:
        if not events:
            raise NotAskedError("no_state", "no event of the contact is left in the topic by then")
        self._about = contact, at, lateness, history_from
        self._partition = partition = Partition(rules, lateness)
        if history_from is not None:
            begin_late(partition, rules, {event.contact for event in events}, history_from)
        partition.ready()
        partition.give_tables(tables)
        records: list[Any] = [*changes, *events]  # at the same instant a change comes first
        self._left = iter(sorted(records, key=_reaches))

    def play(self, most: int) -> bool:
        """Play so many records more; whether there were as many."""
        records = list(islice(self._left, most))
        for record in records:
            self._partition.apply(record, None)
        return len(records) == most

    def past(self) -> Past:
        """The contact at the instant, when all is played."""
        contact, at, lateness, history_from = self._about
        self._partition.advance(at, None)
        told = self._partition.take().outcomes
        self._partition.install()
        return Past(self._partition, contact, at, lateness, history_from, told)


def products_of(events: Iterable[Event]) -> set[str]:
    """The products that events name."""
    found = set()
    for event in events:
        lines = event.data.get("items")
        items = [event.data, *(lines if isinstance(lines, list) else [])]
        found |= {item.get("product") for item in items if isinstance(item, dict)}
    return {product for product in found if isinstance(product, str)}


def begin_late(partition: Partition, rules: RuleSet, contacts: set[str], since: int) -> None:
    """Have contacts be known whose features are remembered from an instant on only."""
    fresh = Partition(rules)
    fresh.ready()
    for key, value in fresh.take().changes:  # the layout
        partition.load(key, value)
    for contact in contacts:
        state = new_contact(contact.encode(), 0)
        state.kept_since = dict.fromkeys(range(len(rules.contact.features)), since)
        state.key_kept_since = {
            group.index: dict.fromkeys(range(len(group.columns.features)), since)
            for group in rules.key_groups
        }
        for segment in rules.segments:
            if segment.keeps is not None:
                state.slots[segment.first_slot] = unknown_moves()
        partition.load(b"c" + state.raw, state.encode())


def _reaches(record: Event | ProductChange) -> int:
    return record.reaches


def _text(instant: int | None) -> str | None:
    return None if instant is None else format_time(instant)
