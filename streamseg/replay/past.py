"""A contact as it was at an instant of the past, by files of events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Final

from streamseg.core.events import Event
from streamseg.core.rule_set import RuleSet
from streamseg.core.table_news import TableSet
from streamseg.explain.past import Past
from streamseg.explain.why import NotAskedError
from streamseg.replay.driver import Driver
from streamseg.replay.reading import Line

_NAMED: Final = 5


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
    Raises NotAskedError where no event is of the contact.
    """
    driver = Driver(rules, lateness, tables=tables)
    first: int | None = None
    last: int | None = None
    others: set[str] = set()
    for line in lines:
        event = line.event
        if event is None:
            continue
        if at is not None and event.reaches > at:
            break
        last = event.reaches if last is None else max(last, event.reaches)
        if type(event) is Event and event.contact != contact:
            others.add(event.contact)
        elif type(event) is Event and first is None:
            first = event.time
        driver.feed(event)
    if first is None or last is None:
        near = get_close_matches(contact, others, n=_NAMED)
        hint = f"; there are {', '.join(near)}" if near else ""
        raise NotAskedError("no_state", f"no event of {contact} by then was read{hint}")
    instant = last if at is None else at
    driver.advance(instant)
    return Past(driver.partition, contact, instant, lateness, None)
