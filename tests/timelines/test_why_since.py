"""`streamseg why` of a cart: since when it has been unchanged for long enough, or not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .command import streamseg

IDLE = "{cart: {idle: 1h}}"
TWO = "{cart: {idle: 1h, items: {gte: 2}}}"
RICH = "{cart: {idle: 1h, total: {gte: 100}}}"
BAGS = "{cart: {idle: 1h, contains: {category: bags}}}"


def cart(hour: str, kind: str, **data: Any) -> dict[str, Any]:
    time = f"2026-11-21T{hour}:00Z"
    return {"type": f"cart_{kind}", "contact": "ann", "time": time, "data": data}


def add(hour: str, product: str, **data: Any) -> dict[str, Any]:
    return cart(hour, "item_added", product=product, **data)


def told(
    tmp_path: Path, when: str, at: str, events: list[dict[str, Any]], *more: str
) -> dict[str, Any]:
    rules, file = tmp_path / "rules.yaml", tmp_path / "events.ndjson"
    rules.write_text(f"version: 1\nsegments: [{{name: s, when: {when}, trigger: {{}}}}]\n")
    file.write_text("\n".join(map(json.dumps, events)))
    given = ["--rules", str(rules), "--from-file", str(file), "--at", f"2026-11-21T{at}:00Z"]
    result = streamseg(Path(), "why", "ann", "s", *given, "--json", *more)
    assert result.returncode == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)["tree"]
    return found


def since(tmp_path: Path, when: str, at: str, *events: dict[str, Any]) -> tuple[str, str | None]:
    """Its truth, and since when, as an hour."""
    tree = told(tmp_path, when, at, list(events))
    at_ = tree["since"]
    return tree["truth"], None if at_ is None else at_[11:16]


def test_the_page_s_example(tmp_path: Path) -> None:
    """Left at 10:00, changed at 11:20: from 11:00 to 11:20 it had been unchanged for an hour."""
    events = [add("10:00", "hat"), add("11:20", "bag")]
    assert since(tmp_path, IDLE, "11:10", *events) == ("true", "11:00")
    assert since(tmp_path, IDLE, "11:42", *events) == ("false", "11:20")
    assert since(tmp_path, IDLE, "12:20", *events) == ("true", "12:20")


@pytest.mark.parametrize(
    "events",
    [
        [add("10:00", "hat"), add("10:30", "bag"), add("11:20", "hat")],  # 50 minutes before
        [add("10:00", "hat"), add("10:40", "bag"), cart("11:20", "item_removed", product="bag")],
        [add("10:00", "hat"), cart("11:20", "updated", items=[{"product": "bag"}])],  # forgotten
    ],
)
def test_who_knows_no_hour_of_rest_before_tells_no_since(
    tmp_path: Path, events: list[dict[str, Any]]
) -> None:
    assert since(tmp_path, IDLE, "11:42", *events) == ("false", None)


def test_a_removal_ends_the_rest_too(tmp_path: Path) -> None:
    removed = cart("11:20", "item_removed", product="bag")
    events = [add("10:00", "hat"), add("10:10", "bag"), removed]
    assert since(tmp_path, IDLE, "11:42", *events) == ("false", "11:20")
    assert since(tmp_path, TWO, "11:42", *events) == ("false", None)  # one is too few, however long


def test_a_snapshot_of_the_same_may_have_been_within_the_rest(tmp_path: Path) -> None:
    same = cart("10:50", "updated", items=[{"product": "hat"}])
    events = [add("09:00", "hat"), same, add("11:20", "bag")]
    assert since(tmp_path, IDLE, "11:42", *events) == ("false", None)
    assert since(tmp_path, IDLE, "11:42", events[0], events[2]) == ("false", "11:20")


def test_a_first_cart_that_never_rested_has_not_since_ever(tmp_path: Path) -> None:
    events = [add("10:00", "hat"), add("10:30", "bag")]
    assert since(tmp_path, IDLE, "10:45", *events) == ("false", None)
    viewed = {"type": "page_viewed", "contact": "ann", "time": "2026-11-21T10:20:00Z", "data": {}}
    busy = f"{{all: [{{idle: page_viewed, for: 5m}}, {{not: {IDLE}}}]}}"
    first = [events[0], viewed, events[1]]
    assert since(tmp_path, busy, "10:45", *first) == ("true", "10:25")
    order = {"type": "order_placed", "contact": "ann", "time": "2026-11-21T09:00:00Z"}
    earlier = [add("07:30", "hat"), order | {"data": {"order": "o"}}]
    assert since(tmp_path, busy, "10:45", *earlier, *first) == ("true", None)  # that one may have


def test_the_items_are_asked_of_what_was_before(tmp_path: Path) -> None:
    events = [add("10:00", "hat"), add("10:10", "bag"), add("11:20", "tie")]
    assert since(tmp_path, TWO, "11:42", *events) == ("false", "11:20")
    assert since(tmp_path, TWO, "11:42", *events[1:]) == ("false", None)  # then it was one too few


@pytest.mark.parametrize("when", [RICH, BAGS])
def test_prices_and_categories_that_were_told_in_time_leave_no_doubt(
    tmp_path: Path, when: str
) -> None:
    hat = add("10:00", "hat", price=120, category="bags")
    again = cart("11:30", "updated", items=[{"product": "hat", "price": 110, "category": "bags"}])
    assert since(tmp_path, when, "11:20", hat) == ("true", "11:00")
    assert since(tmp_path, when, "11:42", hat, again) == ("true", None)


def test_a_cart_of_two_contacts_tells_no_hour_of_rest(tmp_path: Path) -> None:
    """Of a product in both carts only one side's changes are remembered."""
    merge = {"type": "contact_merged", "contact": "ann", "data": {"from": "guest"}}
    events = [
        add("10:00", "hat"),
        {**add("10:40", "hat"), "contact": "guest"},
        add("11:20", "hat"),
        merge | {"time": "2026-11-21T11:30:00Z"},
    ]
    assert since(tmp_path, IDLE, "11:42", *events) == ("false", None)
    assert since(tmp_path, IDLE, "11:42", events[0], events[2]) == ("false", "11:20")


def test_a_count_in_a_window_tells_since_when_events_have_left_it(tmp_path: Path) -> None:
    added = "did: cart_item_added, within: 1h"
    when = f"{{any: [{{{added}, at_least: 2}}, {{{added}, at_least: 9}}]}}"  # so that 9 are kept
    events = [add("10:00", "hat"), add("10:10", "bag"), add("12:30", "bag")]
    for at, truth, hour in (("10:30", "true", "10:10"), ("11:30", "false", "11:00")):
        twice, _ = told(tmp_path, when, at, events)["parts"]
        assert (twice["truth"], twice["since"][11:16]) == (truth, hour)
