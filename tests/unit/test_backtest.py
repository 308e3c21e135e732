"""Rules tested on sample events: what would be told, what is refused, and a program to ask."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from streamseg.replay.backtest import MOST_TOLD, Asked, Tested, backtest

DAY = 86_400_000
RULES = """\
version: 1
segments:
- {name: cart_left, use: abandoned_cart, with: {after: [1h, 24h]}, trigger: {cooldown: 2h}}
- {name: searched, on: searched}
"""


def event(kind: str, time: str, **more: object) -> str:
    return json.dumps({"type": kind, "contact": "ann", "time": time, **more})


CART = event("cart_item_added", "2026-11-21T10:00:00Z", data={"product": "bag"})


def test_time_goes_on_behind_the_last_event() -> None:
    tested = backtest(Asked(RULES, CART, 2 * DAY))
    assert [(one["segment"], one["rung"]) for one in tested.told] == [
        ("cart_left", "1h"),
        ("cart_left", "24h"),
    ]
    assert (tested.fired, tested.held_back, tested.cancelled) == (2, 0, 0)
    assert backtest(Asked(RULES, CART, 1)).fired == 0


def test_what_is_held_back_is_told_with_its_reason() -> None:
    again = [
        event("order_placed", "2026-11-21T11:30:00Z", data={"order": "o"}),
        event("cart_item_added", "2026-11-21T11:31:00Z", data={"product": "hat"}),
    ]
    tested = backtest(Asked(RULES, "\n".join([CART, *again]), 3_600_000))
    assert (tested.fired, tested.held_back) == (1, 1)
    assert tested.told[-1]["reason"] == "cooldown"


def test_what_becomes_of_a_contact_is_no_trigger() -> None:
    gone = event("contact_erased", "2026-11-21T10:30:00Z")
    tested = backtest(Asked(RULES, f"{CART}\n{gone}", DAY))
    assert tested == Tested()


def test_a_line_that_is_refused_is_named() -> None:
    tested = backtest(Asked(RULES, f"{CART}\n\nnonsense\nmore", 0))
    assert sum(tested.refused.values()) == 2
    assert tested.first_refused is not None
    assert tested.first_refused.line == 3
    assert tested.first_refused.code in tested.refused


def test_no_events_and_bad_rules_have_an_answer_too() -> None:
    assert backtest(Asked(RULES, "", DAY)) == Tested()
    error = backtest(Asked("version: 1\nsegments: 3\n", CART, DAY)).rule_error
    assert error is not None
    assert error.startswith("rules.yaml:2:")


def test_all_are_counted_and_the_first_are_told() -> None:
    many = "\n".join(
        event(
            "searched", f"2026-11-21T10:00:{number % 60:02}Z", id=str(number), data={"query": "q"}
        )
        for number in range(MOST_TOLD + 5)
    )
    tested = backtest(Asked(RULES, many, 0))
    assert (tested.fired, len(tested.told)) == (MOST_TOLD + 5, MOST_TOLD)


@pytest.mark.slow
def test_it_is_a_program() -> None:
    given = json.dumps({"yaml": RULES, "events": CART, "after": DAY}).encode()
    command = [sys.executable, "-m", "streamseg.replay.backtest"]
    done = subprocess.run(command, input=given, capture_output=True, check=True, timeout=60)
    assert json.loads(done.stdout)["fired"] == 2
