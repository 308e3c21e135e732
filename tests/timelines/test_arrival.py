"""Section 4, arrival: no sender's clock tells anything of another contact early.

event's time          ... arrival ....... + 5 min ..........
counts at             its time | its time       | its arrival
moves `now` to        its time | its arrival    | its arrival
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.replaying import ReplayResult, run_replay

RULES = """
version: 1
segments:
  - {name: cart_left, use: abandoned_cart, with: {after: 1h}}
  - {name: searcher, when: {did: searched}, trigger: {}}
"""
DAY = "2026-11-21T"


def event(time: str, kind: str, contact: str, received: str | None = None, **data: Any) -> Any:
    made: dict[str, Any] = {"type": kind, "contact": contact, "time": f"{DAY}{time}Z", "data": data}
    made["id"] = f"{contact}-{time}"
    if received is not None:
        made["received"] = f"{DAY}{received}Z"
    return made


def added(time: str, contact: str, received: str | None = None) -> Any:
    return event(time, "cart_item_added", contact, received, product="bag", price=9)


def ordered(time: str, contact: str, received: str | None = None) -> Any:
    return event(time, "order_placed", contact, received, order=f"o-{contact}")


def replayed(*events: Any, until: str = "23:00:00", **options: Any) -> ReplayResult:
    result = run_replay(RULES, list(events), until=f"{DAY}{until}Z", **options)
    assert not result.dlq
    return result


def told(result: ReplayResult) -> list[tuple[str, str, str, str]]:
    names = ("type", "contact", "entered_at", "emitted_at")
    return [
        (kind.removeprefix("trigger."), contact, entered[11:19], emitted[11:19])
        for kind, contact, entered, emitted in (
            tuple(trigger[name] for name in names) for trigger in result.triggers
        )
    ]


@pytest.mark.parametrize("ahead", ["11:20:00", "15:00:00", "23:30:00"])
def test_a_clock_ahead_tells_nothing_of_others_early(ahead: str) -> None:
    result = replayed(
        added("10:00:00", "ann", "10:00:00"),
        event(ahead, "page_viewed", "skew", "10:10:00"),
        ordered("10:20:00", "ann", "10:20:00"),
    )
    assert told(result) == []


def test_without_an_arrival_the_event_s_own_time_is_all_that_is_known() -> None:
    result = replayed(
        added("10:00:00", "ann"),
        event("11:20:00", "page_viewed", "skew"),
        ordered("10:20:00", "ann"),
    )
    assert [kind for kind, *_ in told(result)] == ["fired", "cancelled"]


def test_a_clock_ahead_by_five_minutes_keeps_its_time_and_by_more_counts_at_its_arrival() -> None:
    at_most = replayed(event("10:15:00", "searched", "skew", "10:10:00", query="x"))
    assert told(at_most) == [("fired", "skew", "10:15:00", "10:10:00")]
    more = replayed(event("10:15:00.001", "searched", "skew", "10:10:00", query="x"))
    assert told(more) == [("fired", "skew", "10:10:00", "10:10:00")]


def test_what_its_own_clock_makes_due_is_told_only_when_now_is_there() -> None:
    # skew's next event, 4 min ahead, decides 11:01 of its own cart; it is told when now is there
    result = replayed(
        added("10:01:00", "skew", "10:01:00"),
        event("11:03:00", "page_viewed", "skew", "10:59:00"),
        event("11:00:30", "page_viewed", "ann", "11:00:30"),
        event("11:02:00", "page_viewed", "ann", "11:02:00"),
    )
    assert told(result) == [("fired", "skew", "11:01:00", "11:02:00")]


@pytest.mark.parametrize(
    ("order", "kinds"), [("11:00:59.999", []), ("11:01:00", ["fired"]), ("11:01:30", ["fired"])]
)
def test_an_order_ahead_of_now_that_is_later_than_the_telling_holds_nothing_back(
    order: str, kinds: list[str]
) -> None:
    cart, placed = added("10:00:00", "ann", "10:00:00"), ordered(order, "ann", "10:57:00")
    result = replayed(cart, placed, lateness="60s")
    assert [kind for kind, *_ in told(result)] == kinds
    assert [one["reason"] for one in result.decisions] == ([] if kinds else ["left"])


def test_of_an_episode_that_fires_by_its_own_clock_nothing_more_is_held_back() -> None:
    rules = """
version: 1
segments: [{name: cart_left, use: abandoned_cart, with: {after: 1m}}]
"""
    # In for a minute and for half of one, before `now` has come to any of it: the first stay is
    # told and fires the episode, so the second has nothing to tell.
    ahead = [
        added("10:00:00", "ann", "09:57:00"),
        added("10:02:00", "ann", "09:58:00"),
        added("10:03:30", "ann", "09:59:00"),
    ]
    result = run_replay(rules, ahead, until=f"{DAY}10:30:00Z", lateness="60s")
    assert [trigger["entered_at"][11:19] for trigger in result.triggers] == ["10:01:00"]
    assert not result.decisions


def test_an_order_ahead_is_before_what_it_answers_all_the_same() -> None:
    result = replayed(
        added("10:00:00", "skew", "10:00:00"),
        ordered("10:59:00", "skew", "10:58:00"),
    )
    assert told(result) == []


def test_a_time_before_the_arrival_is_late_and_keeps_its_time() -> None:
    result = replayed(event("09:00:00", "searched", "slow", "10:10:00", query="x"))
    assert told(result) == [("fired", "slow", "09:00:00", "09:00:00")]


def test_the_replay_ends_at_stream_time_which_a_clock_ahead_does_not_move() -> None:
    events = [
        added("10:00:00", "ann", "10:00:00"),
        event("11:03:00", "page_viewed", "skew", "10:59:00"),
    ]
    assert told(run_replay(RULES, events)) == []
    assert told(run_replay(RULES, [*events, event("11:00:00", "page_viewed", "bob")])) != []


def test_a_product_s_clock_ahead_tells_nobody_early() -> None:
    stock = {
        "type": "stock_changed",
        "product": "hat",
        "time": f"{DAY}15:00:00Z",
        "received": f"{DAY}10:10:00Z",
        "data": {"quantity": 0},
    }
    result = replayed(
        added("10:00:00", "ann", "10:00:00"), stock, ordered("10:20:00", "ann", "10:20:00")
    )
    assert told(result) == []


@pytest.mark.parametrize("received", ["2026-11-21T10:10:00Z", 1_795_255_800_000])
def test_received_has_the_forms_of_time(received: object) -> None:
    made = event("12:00:00", "searched", "c", query="x") | {"received": received}
    (trigger,) = run_replay(RULES, [made]).triggers
    assert trigger["entered_at"] == "2026-11-21T10:10:00.000Z"


@pytest.mark.parametrize("received", ["yesterday", 5, True, [], "2026-11-21T10:10:00"])
def test_a_wrong_received_refuses(received: object) -> None:
    made = event("12:00:00", "searched", "c", query="x") | {"received": received}
    (letter,) = run_replay(RULES, [made]).dlq
    assert letter["code"] == "bad_time"
    assert "received" in letter["message"]


def test_a_received_that_is_null_is_missing() -> None:
    made = event("12:00:00", "searched", "c", query="x") | {"received": None}
    assert told(run_replay(RULES, [made])) == [("fired", "c", "12:00:00", "12:00:00")]


def test_restarting_changes_nothing() -> None:
    events = [
        added("10:01:00", "skew", "10:01:00"),
        event("11:03:00", "page_viewed", "skew", "10:59:00"),
        event("11:00:30", "page_viewed", "ann", "11:00:30"),
        ordered("11:02:00", "skew", "11:02:00"),
    ]
    for lateness in ("0s", "5s", "10m"):
        whole = replayed(*events, lateness=lateness)
        assert replayed(*events, lateness=lateness, restart_every=1).raw == whole.raw
