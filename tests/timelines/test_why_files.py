"""`streamseg why --from-file` says what of the files it could not use, and where they end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .command import streamseg

RULES = """\
version: 1
segments:
- {name: left, use: abandoned_cart}
"""
CART = {"type": "cart_item_added", "contact": "ann", "time": "2026-11-21T10:00:00Z"}
GIVEN = json.dumps(CART | {"data": {"product": "p"}})
LATER = "2026-11-21T11:30:00Z"


def asked(tmp_path: Path, lines: list[str], *arguments: str) -> Any:
    (tmp_path / "rules.yaml").write_text(RULES)
    (tmp_path / "e.ndjson").write_text("\n".join(lines))
    given = ["--rules", "rules.yaml", "--from-file", "e.ndjson"]
    return streamseg(tmp_path, "why", *arguments, *given)


def test_records_that_were_refused_are_counted_and_those_of_the_contact_are_named(
    tmp_path: Path,
) -> None:
    order = {"type": "order_placed", "contact": "ann", "time": "2026-11-21 10:30"}
    lines = [
        GIVEN,
        json.dumps(order | {"data": {"order": "o"}}),
        "{",
        json.dumps(CART | {"contact": "bob"}),
        json.dumps({**CART, "contact": 7}),
        json.dumps(CART | {"data": {"product": "p", "price": "cheap"}}),
    ]
    done = asked(tmp_path, lines, "ann", "left")
    assert done.returncode == 0
    assert done.stderr.decode().splitlines() == [
        "4 records refused: bad_time 1, missing_field 2, not_json 1",
        "1 of them is of ann: e.ndjson:2: bad_time: " + message_of(done.stderr),
        "fields of a wrong type, taken for missing: price 1",
    ]
    of_number = asked(
        tmp_path,
        [*lines, json.dumps(CART | {"contact": 7} | {"data": {"product": "p"}})],
        "7",
        "left",
    )
    assert "1 of them is of 7: e.ndjson:5: missing_field: " in of_number.stderr.decode()
    assert asked(tmp_path, [GIVEN], "ann").stderr == b""


def message_of(told: bytes) -> str:
    return told.decode().partition("bad_time: ")[2].partition("\n")[0]


def test_of_many_refused_records_of_a_contact_the_first_are_named(tmp_path: Path) -> None:
    bad = json.dumps(CART)
    told = asked(tmp_path, [GIVEN, *[bad] * 12], "ann").stderr.decode().splitlines()
    assert told[0] == "12 records refused: missing_field 12"
    assert told[1].startswith("12 of them are of ann: e.ndjson:2: missing_field: ")
    assert [line.split(":")[0].strip() for line in told[2:]] == ["e.ndjson"] * 4 + ["and 7 more"]


def test_an_instant_behind_the_end_of_the_files_is_told_as_what_would_be(tmp_path: Path) -> None:
    done = asked(tmp_path, [GIVEN], "ann", "left", "--at", LATER)
    lines = done.stdout.decode().splitlines()
    assert lines[0].startswith("ann is in left (1h) at 2026-11-21 11:30:00")
    note = "the files end at 2026-11-21 10:00:00; from then on it is as if nothing happens"
    assert lines[-1] == f"note          {note}"
    described = asked(tmp_path, [GIVEN], "ann", "--at", LATER)
    assert described.stdout.decode().splitlines()[-1] == f"  note: {note}"
    tick = json.dumps({"type": "page_viewed", "contact": "bob", "time": "2026-11-21T12:00:00Z"})
    goes_on = asked(tmp_path, [GIVEN, tick], "ann", "left", "--at", LATER)
    assert "note" not in goes_on.stdout.decode()


def test_kafka_is_not_asked_of_what_is_still_to_come(tmp_path: Path) -> None:
    done = streamseg(tmp_path, "why", "ann", "left", "--at", "2200-01-01T00:00:00Z")
    assert done.returncode == 2
    told = " ".join(done.stderr.decode().replace("│", " ").split())
    assert "2200-01-01T00:00:00.000Z is still to come" in told
    assert "without --at" in told
