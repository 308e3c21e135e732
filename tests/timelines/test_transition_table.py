"""The table at the head of `core/evaluation/transitions.py`: each row is played."""

import ast
import json
from pathlib import Path
from typing import NamedTuple

import pytest

from streamseg.core.contacts.contact import Contact
from streamseg.core.contacts.slots import IN, NOTIFIED, OUT, status_of
from streamseg.core.events import Event
from streamseg.core.messages.outcomes import (
    CANCELLED,
    ENTERED,
    EXITED,
    FIRED,
    Outcome,
)
from streamseg.core.partition import Partition
from streamseg.formats.canonical import decode
from streamseg.rules import parse_rules

from .drawing import events, rfc, rules_file

SOURCE = Path(__file__).parents[2] / "streamseg/core/evaluation/transitions.py"
STATUS = {OUT: "OUT", IN: "IN", NOTIFIED: "NOTIFIED"}
WORD = {ENTERED: "entry", EXITED: "exit", FIRED: "trigger", CANCELLED: "cancelled"}
LATENESS = 300_000


class Row(NamedTuple):
    """A row of the table; the first two columns are what it is about."""

    slot: str
    what: str
    then: str
    at_once: str
    when_due: str


def table() -> list[Row]:
    """The rows as the module has them, without the head."""
    text = ast.get_docstring(ast.parse(SOURCE.read_text(encoding="utf-8")))
    assert text is not None
    head, *drawn = [line for line in text.splitlines() if line.startswith("    ")]
    begins = [head.index(name) for name in ("slot", "what", "then", "told at", "told when")]
    ends = [*begins[1:], None]
    return [
        Row(*(line[begin:end].strip() for begin, end in zip(begins, ends, strict=True)))
        for line in drawn
    ]


# Page views let a contact in for ten minutes; so does time, an hour after the last search.
RULE = """
- name: s
  membership: true
  trigger: {%s}
  when:
    any:
      - {did: page_viewed, within: 10m}
      - all: [{did: searched, within: %s}, {idle: searched, for: 1h}, {not: {did: order_placed}}]
"""
FIRES = RULE % ("", "70m")
SHORT = RULE % ("", "62m")
HELD_BACK = RULE % ("limit: 1", "70m")
FIRED_BEFORE = "07:00 page_viewed c1; 08:00 message_sent c1 email; "

SEARCHED = "10:00 searched c1 x; "  # in from 11:00 on, which is told at 11:05
DECIDED = SEARCHED + "11:01 message_sent c1 email; "
TOLD = SEARCHED + "11:05 message_sent c2 email; "

# For each row: a rule, what was before, and the event by which it happens.
TIMELINES = {
    ("OUT", "entry that is due"): [
        (FIRES, "", "10:00 page_viewed c1"),
        (FIRES, FIRED_BEFORE, "10:00 page_viewed c1"),
        (FIRES, "10:00 message_sent c1 email", "09:55 page_viewed c1"),
        (FIRES, SEARCHED, "11:05 message_sent c2 email"),
    ],
    ("OUT", "entry that is due, held back"): [
        (HELD_BACK, FIRED_BEFORE, "10:00 page_viewed c1"),
        (HELD_BACK, FIRED_BEFORE + SEARCHED, "11:05 message_sent c2 email"),
    ],
    ("OUT", "entry that is not due yet"): [
        (FIRES, SEARCHED, "11:00 message_sent c1 email"),
        (FIRES, SEARCHED, "11:04:59.999 message_sent c1 email"),
    ],
    ("IN", "entry becomes due"): [
        (FIRES, DECIDED, "11:05 message_sent c2 email"),
        (FIRES, DECIDED, "11:05 order_placed c2 o1"),
    ],
    ("IN", "entry becomes due, held back"): [
        (HELD_BACK, FIRED_BEFORE + DECIDED, "11:05 message_sent c2 email"),
    ],
    ("IN", "exit by event from before it is due"): [
        (FIRES, DECIDED, "09:00 order_placed c1 o1"),
        (FIRES, DECIDED, "11:01 searched c1 y"),
        (FIRES, DECIDED, "11:04:59.999 searched c1 y"),
        (HELD_BACK, FIRED_BEFORE + DECIDED, "11:04:59.999 searched c1 y"),
    ],
    # An event of a clock that is ahead comes before `now` is at its time.
    ("IN", "any other exit before it is told"): [
        (FIRES, DECIDED, "11:05 searched c1 y arrived=11:02"),
        (FIRES, DECIDED, "11:06 order_placed c1 o1 arrived=11:02"),
        (SHORT, DECIDED, "11:02 message_sent c1 email"),
    ],
    ("IN", "exit that is due"): [
        (HELD_BACK, FIRED_BEFORE + TOLD, "11:06 searched c1 y"),
        (HELD_BACK, FIRED_BEFORE + TOLD, "09:00 order_placed c1 o1"),
        (HELD_BACK, FIRED_BEFORE + TOLD, "11:15 message_sent c2 email"),
    ],
    ("IN", "exit that is not due yet"): [
        (HELD_BACK, FIRED_BEFORE + TOLD, "11:10 message_sent c1 email"),
        (HELD_BACK, FIRED_BEFORE + TOLD, "11:14:59.999 message_sent c1 email"),
    ],
    ("NOTIFIED", "exit by event from before the entry"): [
        (FIRES, TOLD, "09:00 order_placed c1 o1"),
        (FIRES, TOLD, "10:59:59.999 searched c1 y"),
    ],
    ("NOTIFIED", "any other exit that is due"): [
        (FIRES, TOLD, "11:00 order_placed c1 o1"),
        (FIRES, TOLD, "11:06 searched c1 y"),
        (FIRES, TOLD, "11:15 message_sent c2 email"),
    ],
    ("NOTIFIED", "exit that is not due yet"): [
        (FIRES, TOLD, "11:10 message_sent c1 email"),
        (FIRES, TOLD, "11:14:59.999 message_sent c1 email"),
    ],
}


class Play:
    """A partition that a timeline is played to; what is told, and kept, of c1."""

    def __init__(self, rule: str) -> None:
        self._rules = parse_rules(rules_file(rule))
        self._partition = Partition(self._rules, LATENESS)
        self._at_rest: bytes | None = None
        self._latest = 0

    def feed(self, timeline: str) -> str:
        """Apply events; what is told by them."""
        for record in events(timeline)[0]:
            if "arrived" in record.get("data", {}):
                record["received"] = rfc(record["data"].pop("arrived"))
            event = decode(json.dumps(record).encode())
            assert type(event) is Event
            self._partition.apply(event, None)
            self._latest = max(self._latest, event.time)
        return self._told()

    def go_on(self) -> str:
        """Go on until what has happened by now is due; what is told by that."""
        self._partition.advance(self._latest + LATENESS, None)
        return self._told()

    def slot(self) -> str:
        """The status of the slot, as committed."""
        slots = {} if self._at_rest is None else Contact.decode(b"c1", self._at_rest).slots
        slot = slots.get(self._rules.segments[0].first_slot)
        return STATUS[OUT if slot is None else status_of(slot)]

    def _told(self) -> str:
        batch = self._partition.take()
        self._partition.install()
        self._at_rest = dict(batch.changes).get(b"cc1", self._at_rest)
        told = [one for one in batch.outcomes if isinstance(one, Outcome) and one.contact == "c1"]
        words = [WORD.get(one.type) or f"`{one.reason}`" for one in told]
        return ", ".join(words) or "-"


@pytest.mark.parametrize("row", table(), ids=str)
def test_each_row_is_what_happens(row: Row) -> None:
    for rule, before, event in TIMELINES[row.slot, row.what]:
        play = Play(rule)
        play.feed(before)
        slot = play.slot()
        at_once = play.feed(event)
        then = play.slot()
        assert (slot, row.what, then, at_once, play.go_on()) == row


def test_each_timeline_is_of_a_row_and_each_row_stands_once() -> None:
    assert sorted(TIMELINES) == sorted((row.slot, row.what) for row in table())
