"""Plays files of events up to an instant, to show a contact as it was then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import Final

from streamseg.core.events import Event, ProductEvent
from streamseg.core.features.base import FOREVER
from streamseg.core.messages.outcomes import Outcome
from streamseg.core.partition import Partition
from streamseg.core.segments.rule_set import RuleSet
from streamseg.core.tables.mail import TableSet
from streamseg.core.values.timestamps import format_time
from streamseg.explain.past import Past
from streamseg.explain.rendering import clock
from streamseg.explain.told_ids import counts_as_fired
from streamseg.explain.why import NotAskedError
from streamseg.replay.driver import Driver, Told
from streamseg.replay.reading import Line

AnyEvent = Event | ProductEvent
LastFired = dict[tuple[str, str, str | None, str | None], Outcome]  # by contact, segment, key, rung
_NAMED: Final = 5
_ENDS: Final = "the files end at {}; from then on it is as if nothing happens"


def past_of_files(
    rules: RuleSet,
    lines: Iterable[Line],
    contact: str,
    at: int | None,
    lateness: int,
    tables: Sequence[TableSet] | None = None,
) -> Past:
    """A contact by files of events, at an instant (None: at their end).

    What came in when time was past the instant is not read. All contacts are played, as one of them
    may be merged with this one. Quantile tables are ``tables``, or (None) made of what is read.
    Raises NotAskedError where no event is of the contact, or merges it into another one.
    """
    read = _Read()
    events = read.noting_contacts(events_until(read.noting_end(lines), at))
    last: LastFired = {}
    partition = played(rules, events, at, lateness, tables, last)
    if contact not in read.contacts and partition.leads_to(contact) is None:
        near = get_close_matches(contact, read.contacts, n=_NAMED)
        hint = f"; there are {', '.join(near)}" if near else ""
        raise NotAskedError("no_state", f"no event of {contact} by then was read{hint}")
    past = Past(
        partition, contact, partition.now if at is None else at, lateness, None, last.values()
    )
    if at is not None and read.end < at:
        past.notes.append(_ENDS.format(clock(format_time(read.end))))
    return past


def events_until(lines: Iterable[Line], at: int | None) -> Iterator[AnyEvent]:
    """The events that came in before time was past an instant (None: all)."""
    for line in lines:
        if line.event is None:
            continue
        if at is not None and line.event.reaches > at:
            return
        yield line.event


def played(
    rules: RuleSet,
    events: Iterable[AnyEvent],
    at: int | None,
    lateness: int,
    tables: Sequence[TableSet] | None = None,
    last: LastFired | None = None,
) -> Partition:
    """All contacts of events, at an instant (None: at their end), as in a replay. ``last`` gets the
    last trigger of each rung that fired.
    """
    driver = Driver(rules, lateness, tables=tables)
    end: int | None = None
    for event in events:
        end = event.reaches if end is None else max(end, event.reaches)
        _note_fired(driver.feed(event), last)
    if end is not None:
        _note_fired(driver.advance(end if at is None else at), last)
    return driver.partition


def _note_fired(outcomes: list[Told], last: LastFired | None) -> None:
    for one in outcomes:
        if last is not None and isinstance(one, Outcome) and counts_as_fired(one.type, one.reason):
            of = one.contact, one.segment, one.key, one.rung
            if of not in last or one.entered_at >= last[of].entered_at:
                last[of] = one


class _Read:
    """What was read of files: the ``contacts`` of events, and the time that all came to (ms)."""

    def __init__(self) -> None:
        self.contacts: set[str] = set()
        self.end = -FOREVER

    def noting_end(self, lines: Iterable[Line]) -> Iterator[Line]:
        for line in lines:
            if line.event is not None:
                self.end = max(self.end, line.event.reaches)
            yield line

    def noting_contacts(self, events: Iterable[AnyEvent]) -> Iterator[AnyEvent]:
        for event in events:
            if type(event) is Event:
                self.contacts.add(event.contact)
            yield event
