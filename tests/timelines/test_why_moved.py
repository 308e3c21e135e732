"""`streamseg why` of moves of a label: which moves were asked for, and which one was seen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .command import streamseg

RULES = """\
version: 1
value: {tier: {of: orders, tiers: {bronze: 1, silver: 2, gold: 3}, within: 10d}}
segments:
- {name: moves, use: tier_moved}
- {name: rises, use: tier_moved, with: {from: [bronze, silver], to: [silver, gold], direction: up}}
- {name: falls, use: tier_moved, with: {direction: down, settle: 1h}}
- {name: begins, use: tier_moved, with: {from: none, to: bronze}}
"""


@pytest.fixture
def given(tmp_path: Path) -> list[str]:
    rules, events = tmp_path / "rules.yaml", tmp_path / "events.ndjson"
    rules.write_text(RULES)
    records = [
        ("page_viewed", "2026-11-20T08:00:00Z", {}),
        ("order_placed", "2026-11-20T10:00:00Z", {"order": "o1"}),
        ("order_placed", "2026-11-21T10:00:00Z", {"order": "o2"}),
    ]
    lines = [
        json.dumps({"type": kind, "contact": "ann", "time": time, "data": data})
        for kind, time, data in records
    ]
    events.write_text("\n".join(lines))
    return ["--rules", str(rules), "--from-file", str(events)]


def told(given: list[str], segment: str, at: str, *more: str) -> str:
    result = streamseg(Path(), "why", "ann", segment, "--at", f"2026-{at}:00Z", *given, *more)
    assert result.returncode == 0, result.stderr
    return result.stdout.decode()


def tree(given: list[str], segment: str, at: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(told(given, segment, at, "--json"))["tree"]
    return found


def test_which_moves_are_asked_for_is_told(given: list[str]) -> None:
    asked = {name: tree(given, name, "11-21T12:00")["asks"] for name in ("moves", "begins")}
    assert asked == {"moves": "tier moved", "begins": "tier moved from none to bronze"}
    assert tree(given, "rises", "11-21T12:00")["asks"] == (
        "tier moved up from bronze or silver to silver or gold"
    )
    assert tree(given, "falls", "11-21T12:00")["asks"] == "tier moved down, for 1h"


def test_which_move_was_seen_is_told(given: list[str]) -> None:
    rises, falls = (tree(given, name, "11-21T12:00") for name in ("rises", "falls"))
    assert (rises["truth"], falls["truth"]) == ("true", "false")
    moved = {"before": "bronze", "now": "silver", "direction": "up"}
    moved |= {"moved_at": "2026-11-21T10:00:00.000Z"}
    comes = {"moves_to": "bronze", "moves_at": "2026-11-30T10:00:00.000Z"}
    assert rises["saw"] == falls["saw"] == moved | comes
    assert tree(given, "falls", "11-30T12:00")["saw"] == {
        "before": "silver",
        "now": "bronze",
        "direction": "down",
        "moved_at": "2026-11-30T10:00:00.000Z",
        "moves_to": "none",
        "moves_at": "2026-12-01T10:00:00.000Z",
    }


def test_who_has_not_moved_has_only_what_they_are(given: list[str]) -> None:
    assert tree(given, "begins", "11-20T09:00")["saw"] == {"now": "none"}


def test_a_person_reads_it_in_one_line(given: list[str]) -> None:
    assert told(given, "rises", "11-21T12:00").splitlines()[1] == (
        "✓ tier moved up from bronze or silver to silver or gold  before bronze, now silver, "
        "direction up, moved 2026-11-21 10:00:00, moves to bronze, moves 2026-11-30 10:00:00   "
        "since 2026-11-21 10:00:00   "
        "false from 2026-11-30 10:00:00"
    )


def test_what_is_next_is_told_although_the_label_moves_on_before_it_has_settled(
    given: list[str],
) -> None:
    """Bronze from 30 November, for less than two days: from 1 December on it is no tier at all."""
    rules = Path(given[1])
    rules.write_text(RULES + "- {name: rests, use: tier_moved, with: {settle: 2d}}\n")
    assert tree(given, "rests", "11-30T12:00")["next"] == {
        "at": "2026-12-03T10:00:00.000Z",  # two days after the last move
        "to": "true",
    }


def test_what_is_next_of_another_segment_is_told_of_an_instant_rule_too(given: list[str]) -> None:
    rules = Path(given[1])
    rules.write_text(
        RULES
        + "- {name: views, on: page_viewed, when: {in_segment: silver}}\n"
        + "- {name: silver, when: {tier: silver}}\n"
    )
    gone = {"at": "2026-11-30T10:00:00.000Z", "to": "false"}
    assert tree(given, "views", "11-21T12:00")["next"] == gone


def test_what_is_next_of_another_segment_is_told_of_who_asks_about_it(given: list[str]) -> None:
    rules = Path(given[1])
    rules.write_text(
        RULES
        + "- {name: keeps, when: {all: [{in_segment: silver}, {did: page_viewed}]}}\n"
        + "- {name: silver, when: {tier: silver}}\n"
    )
    root = tree(given, "keeps", "11-21T12:00")
    gone = {"at": "2026-11-30T10:00:00.000Z", "to": "false"}
    assert (root["next"], [one["next"] for one in root["parts"]]) == (gone, [gone, None])


def test_who_moved_twice_is_in_the_segment_of_moves_since_no_instant_that_is_known(
    given: list[str],
) -> None:
    """Each move begins a new stay at the instant where the one before ended."""
    rules = Path(given[1])
    rules.write_text(RULES + "- {name: mover, when: {in_segment: moves}}\n")
    root = tree(given, "mover", "11-21T12:00")
    assert (root["truth"], root["since"]) == ("true", None)
    assert root["saw"]["entered_at"] == "2026-11-21T10:00:00.000Z"
