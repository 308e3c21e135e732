"""Two who become one: their moves are the keeper's, and becoming one is none."""

from __future__ import annotations

import json

from streamseg.core.events import Event
from tests.unit.core.shop import Log, commit, restored

DAY = 86_400_000
RULES = """
version: 1
value: {lifecycle: {loyal: 3, at_risk: 90d, lost: 365d}}
segments: [{name: moved, use: lifecycle_moved, membership: true}]
"""


def order(contact: str, day: int) -> Event:
    name = f"{contact}-{day}"
    return Event("order_placed", contact, day * DAY, {"order": name}, name)


def merge(keeper: str, other: str, day: int) -> Event:
    return Event("contact_merged", keeper, day * DAY, {"from": other}, f"m-{day}")


def told(*events: Event, until: int) -> list[str]:
    """The moves that triggers tell, by the day on which they were made."""
    partition = restored({}, RULES)
    for event in events:
        partition.apply(event, None)
    partition.advance(until * DAY, None)
    found = []
    for one in map(json.loads, commit(partition, Log())):
        day = one["anchor"][:10] if "anchor" in one else ""
        if one["type"] == "trigger.fired":
            found.append(f"{one['contact']} {day} {one['context']['from']}-{one['context']['to']}")
    return found


def test_who_becomes_loyal_by_a_merge_is_so_in_silence_and_moves_on_from_there() -> None:
    events = [order("a", 0), order("b", 1), order("b", 2), merge("a", "b", 10)]
    assert told(*events, until=100) == [
        "a 1970-01-01 none-new",
        "b 1970-01-02 none-new",
        "a 1970-04-03 loyal-at_risk",
    ]


def test_a_keeper_without_moves_goes_on_with_those_of_the_other() -> None:
    events = [order("b", 0), merge("a", "b", 10)]
    assert told(*events, until=100) == [
        "b 1970-01-01 none-new",
        "a 1970-01-31 new-active",
        "a 1970-04-01 active-at_risk",
    ]


def test_the_keepers_moves_count_and_not_the_others() -> None:
    events = [order("a", 0), order("b", 40), merge("a", "b", 50)]
    assert told(*events, until=200) == [
        "a 1970-01-01 none-new",
        "a 1970-01-31 new-active",
        "b 1970-02-10 none-new",
        "a 1970-05-11 active-at_risk",
    ]
