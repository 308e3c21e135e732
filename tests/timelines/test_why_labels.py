"""`streamseg why` of labels: what they are made of, said once, and the next move by time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .command import streamseg

RULES = """\
version: 1
value:
  lifecycle: {new_for: 30d, at_risk: 90d, lost: 365d}
  rfm: {buyers: {monetary: [50, 150, 400, 1200]}}
  tier: {of: spent, tiers: {silver: 10, gold: 20}, within: 10d}
segments:
- {name: active, when: {lifecycle: active}}
- {name: rich, when: {rfm: {segment: champions}}}
- {name: silver, when: {tier: silver}}
- {name: moves, use: lifecycle_moved}
- {name: falls, use: lifecycle_moved, with: {to: lost}}
- {name: ranks, use: tier_moved}
"""
FIRST = "2026-11-20T10:00:00Z"


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    rules, events = tmp_path / "rules.yaml", tmp_path / "events.ndjson"
    rules.write_text(RULES)
    order = {"type": "order_placed", "contact": "ann", "time": FIRST}
    seen = {"type": "page_viewed", "contact": "bob", "time": FIRST}
    lines = [order | {"data": {"order": "o", "total": 12}}, seen]
    events.write_text("\n".join(map(json.dumps, lines)))
    return ["--rules", str(rules), "--from-file", str(events)]


def told(files: list[str], segment: str, *more: str, contact: str = "ann") -> str:
    result = streamseg(Path(), "why", contact, segment, *files, *more)
    assert result.returncode == 0, result.stderr
    return result.stdout.decode()


def saw(files: list[str], segment: str, *more: str, contact: str = "ann") -> dict[str, Any]:
    answer = json.loads(told(files, segment, "--json", *more, contact=contact))
    found: dict[str, Any] = answer["tree"]["saw"]
    return found


@pytest.mark.parametrize(
    ("segment", "line"),
    [
        (
            "active",
            (
                "✗ lifecycle is active  stage new, first 2026-11-20 10:00:00, "
                "last 2026-11-20 10:00:00, orders 1, spent 12   true from 2026-12-20 10:00:00"
            ),
        ),
        (
            "rich",
            (
                "✗ rfm.buyers is champions  segment new_customers, recency 5, frequency 1, "
                "value 1, last 2026-11-20 10:00:00, count 1, monetary 1, spent 12"
            ),
        ),
        (
            "silver",
            "✓ tier is silver  name silver, spent 12   false from 2026-11-30 10:00:00",
        ),
    ],
)
def test_a_label_is_told_once(files: list[str], segment: str, line: str) -> None:
    assert told(files, segment).splitlines()[1] == line


def test_who_has_no_label_has_none(files: list[str]) -> None:
    assert saw(files, "rich", contact="bob") == {"segment": None}
    assert saw(files, "active", contact="bob") == {"stage": "prospect"}


def test_the_next_move_that_time_makes_is_told(files: list[str]) -> None:
    """The contact is in from move to move: what comes next is a move, and no exit."""
    line = told(files, "moves").splitlines()[1]
    assert line == (
        "✓ lifecycle moved  before none, now new, direction up, moved 2026-11-20 10:00:00, "
        "moves to active, moves 2026-12-20 10:00:00   since 2026-11-20 10:00:00"
    )
    later = saw(files, "moves", "--at", "2026-12-20T10:00:00Z")
    assert (later["now"], later["moved_at"]) == ("active", "2026-12-20T10:00:00.000Z")
    assert (later["moves_to"], later["moves_at"]) == ("at_risk", "2027-02-18T10:00:00.000Z")


def test_the_next_move_is_told_wherever_it_leads(files: list[str]) -> None:
    seen = saw(files, "falls")
    assert (seen["moves_to"], seen["moves_at"]) == ("active", "2026-12-20T10:00:00.000Z")
    seen = saw(files, "ranks")
    assert (seen["moves_to"], seen["moves_at"]) == ("none", "2026-11-30T10:00:00.000Z")


def test_where_time_moves_nothing_no_move_is_told(files: list[str]) -> None:
    assert "moves_at" not in saw(files, "moves", contact="bob")
    assert "moves_at" not in saw(files, "falls", "--at", "2028-01-01T00:00:00Z")
