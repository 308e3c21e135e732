"""A changelog from before the rules had policies is read under rules with policies, and back."""

from __future__ import annotations

import base64
import json
from typing import Any

import msgspec
import pytest

from streamseg.core.contacts.resting import body_of
from streamseg.core.contacts.slots import RELEASE
from streamseg.core.events import Event
from streamseg.core.partition import Partition
from tests.unit.core.shop import Log, commit, ids, restored
from tests.unit.core.test_former_state import FORMER, records

OPEN = "expires: 1d, quiet: {from: 22:00, to: 22:01}, snooze: pause_until"  # it is eight o'clock
CLOSED = "expires: 1d, quiet: {from: 08:00, to: 12:00}"
PLAIN = FORMER["rules"]
BEFORE, AFTER = records()
FINAL = ("trigger.fired", "trigger.suppressed")
HOUR_MS = 3_600_000


def with_policies(policies: str) -> str:
    return PLAIN.replace("segments:", f"policies: {{{policies}}}\nsegments:")


def changelog() -> Log:
    """What the former version wrote."""
    return {base64.b64decode(key): base64.b64decode(value) for key, value in FORMER["changelog"]}


def finish(partition: Partition, now: int) -> None:
    """Decide all up to an instant: what changed of products has come to everybody by then."""
    while not partition.advance(now, None, 10):
        pass


def run(log: Log, courses: list[tuple[str, list[Any]]], **options: Any) -> list[bytes]:
    """All that is told as each course's records are read under its rules, and an hour later."""
    messages: list[bytes] = []
    for rules, todo in courses:
        partition = restored(log, rules, lateness=5000, **options)
        for record in todo:
            partition.apply(record, None)
        finish(partition, partition.now)
        messages += commit(partition, log)
    partition = restored(log, courses[-1][0], lateness=5000)
    finish(partition, partition.now + HOUR_MS)
    return messages + commit(partition, log)


@pytest.mark.parametrize("slice_size", [None, 1, 100])
@pytest.mark.parametrize("back", [60, 120, len(AFTER)])
def test_policies_that_hold_nothing_back_change_nothing(slice_size: int | None, back: int) -> None:
    """Where all gates are open it is told as if there were none, on the way there and back."""
    courses = [(with_policies(OPEN), AFTER[:back]), (PLAIN, AFTER[back:])]
    told = run(changelog(), courses, slice_size=slice_size)
    plain = run(changelog(), [(PLAIN, AFTER)])
    assert ids(told) == ids(plain)
    assert len(plain) > 50


def test_what_waits_when_the_policies_go_is_told_by_then() -> None:
    """Candidates are those without policies, and each ends in one record, once."""
    courses = [(with_policies(CLOSED), AFTER[:120]), (PLAIN, AFTER[120:])]
    told = [json.loads(one) for one in run(changelog(), courses)]
    assert [one for one in told if one["type"] == "trigger.deferred"]
    final = sorted(one["id"] for one in told if one["type"] in FINAL)
    assert len(final) == len(set(final))
    plain = [json.loads(one) for one in run(changelog(), [(PLAIN, AFTER)])]
    assert set(final) == {one["id"] for one in plain if one["type"] in FINAL}


def test_what_is_remembered_without_policies_is_there_again() -> None:
    """Nothing of it is written over, and nothing of a policy stays."""

    def remembered(courses: list[tuple[str, list[Any]]]) -> dict[bytes, list[Any]]:
        log = changelog()
        run(log, courses)
        assert sum(key[:1] == b"l" for key in log) == 1  # nobody rests under other rules
        return {key: _fields(value) for key, value in log.items() if key[:1] == b"c"}

    there_and_back = remembered([(with_policies(OPEN), AFTER[:120]), (PLAIN, AFTER[120:])])
    assert there_and_back == remembered([(PLAIN, AFTER)])
    assert len(there_and_back) > 10


def _fields(value: bytes) -> list[Any]:
    """Ids, orders and features; by key and for none the memberships, but for what was told of their
    triggers; and whether anything else is noted but of time, passes and layouts.
    """
    fields = msgspec.msgpack.decode(body_of(value), strict=False)
    _, keys, _, ids_, orders, features, _, slots, *later = fields
    of_keys = {
        (group, key): (touched, states, _told_of(of_key))
        for group, states_by_key in keys.items()
        for key, (touched, states, of_key) in states_by_key.items()
    }
    noted = later[1:2] + later[3:]  # what is pending, what waits; since when it is remembered
    return [ids_, orders, features, of_keys, _told_of(slots), [one for one in noted if one]]


def _told_of(slots: dict[int, list[Any]]) -> dict[int, list[Any]]:
    return {number: slot[:RELEASE] for number, slot in slots.items()}


SEARCHES = "version: 1\n%ssegments: [{name: s, when: {did: searched}, membership: %s}]"
ADS = "policies: {consent: {ads: {grant: consent.ads}}}\n"


def told_of_membership(*courses: tuple[str, list[Event]]) -> list[tuple[str, ...]]:
    """The changes of membership of the last course: what, of whom, and why."""
    log: Log = {}
    messages: list[bytes] = []
    for rules, todo in courses:
        partition = restored(log, rules, slice_size=1)
        for record in todo:
            partition.apply(record, None)
        finish(partition, partition.now)
        messages = commit(partition, log)
    fields = ("type", "contact", "cause")
    return [tuple(json.loads(one)[name] for name in fields) for one in messages]


def test_membership_that_takes_a_consent_from_now_on_ends_without_one() -> None:
    def event(kind: str, contact: str, at: int, data: dict[str, Any]) -> Event:
        return Event(kind, contact, 1_800_000_000_000 + at, data)

    yes = {"consent": {"ads": True}}
    searched = [event("searched", name, number, {"query": "x"}) for number, name in enumerate("ab")]
    plain, asking = SEARCHES % ("", "true"), SEARCHES % (ADS, "{consent: [ads]}")
    assert told_of_membership((plain, searched), (asking, [])) == [
        ("segment.exited", "a", "consent"),
        ("segment.exited", "b", "consent"),
    ]
    later = [
        event("contact_updated", "a", 9, yes),
        event("contact_updated", "a", 10, {"consent": None}),
    ]
    assert told_of_membership((plain, searched), (asking, []), (asking, later)) == [
        ("segment.entered", "a", "consent"),
        ("segment.exited", "a", "consent"),
    ]
    assert told_of_membership((asking, searched), (asking, [])) == []
