"""`streamseg tables preview`: what the next quantile tables would be, and whom they would move."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from streamseg.core.tables.mail import TableSet
from streamseg.core.values.timestamps import parse_time
from streamseg.formats.canonical import decode
from streamseg.replay.driver import Driver
from streamseg.rules import parse_rules

from .command import streamseg
from .test_rfm_quantiles import TOTALS, VALUE

RULES = f"{VALUE}segments:\n- {{name: m, use: rfm_moved}}\n"
MONDAY = "2026-01-12T04:00:00Z"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A hundred customers of 6 January, and rules that cut them by fallback."""
    orders = [
        {
            "type": "order_placed",
            "contact": f"c{number}",
            "time": f"2026-01-06T{hour}:00:00Z",
            "data": {"order": f"o{hour}-{number}", "total": total // 2},
        }
        for hour in (12, 13)
        for number, total in enumerate(TOTALS)
    ]
    (tmp_path / "e.ndjson").write_text("\n".join(map(json.dumps, orders)))
    (tmp_path / "r.yaml").write_text(RULES)
    return tmp_path


def preview(folder: Path, *more: str, code: int = 0) -> str:
    given = ["--rules", "r.yaml", "--from-file", "e.ndjson", *more]
    result = streamseg(folder, "tables", "preview", *given)
    assert result.returncode == code, result.stderr
    return (result.stderr if code else result.stdout).decode()


def told(folder: Path, *more: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(preview(folder, "--json", *more))
    return answer


def test_a_person_reads_the_cuts_and_how_many_move(folder: Path) -> None:
    assert preview(folder, "--at", MONDAY).splitlines() == [
        "rfm.buyers: 100 counted as of 2026-01-12T04:00:00.000Z",
        "  monetary: 50 100 250 1,000 → 50 120 260 900",
        "    reached by 80 %  60 %  40 %  20 %",
        (
            "  15 would have other scores, 5 of them another name; no trigger tells that, but of "
            "segments with `on_table: fire`"
        ),
        "           5  potential_loyalists → champions",
    ]


def test_it_is_the_table_that_a_replay_makes_then(folder: Path) -> None:
    driver = Driver(parse_rules(RULES), 5_000)
    for line in (folder / "e.ndjson").read_bytes().splitlines():
        driver.feed(decode(line))
    told_by_replay = driver.advance(parse_time("2026-01-13T04:00:00Z"))
    (made,) = (one.tables["rfm.buyers"] for one in told_by_replay if isinstance(one, TableSet))
    answer = told(folder, "--at", MONDAY)
    assert (answer["cuts"], answer["reached"]) == (made.cuts, made.reached)
    assert answer["contacts"] == made.count


def test_while_it_plays_files_no_table_is_made(folder: Path) -> None:
    assert told(folder, "--at", "2026-02-20T04:00:00Z")["before"] == {
        "monetary": [50, 100, 250, 1000]
    }


def given(folder: Path, *cuts: int) -> list[str]:
    made = {
        "of": parse_rules(RULES).tabled["rfm.buyers"].counts,
        "made_at": "2026-01-05T04:00:00.000Z",
        "contacts": 100,
        "cuts": {"monetary": [*cuts]},
        "reached": {"monetary": [80, 60, 40, 20]},
    }
    said = {
        "type": "tables.made",
        "boundary": "2026-01-05T04:00:00.000Z",
        "effective": "2026-01-05T04:01:00.000Z",
        "tables": {"rfm.buyers": made},
    }
    (folder / "t.ndjson").write_text(json.dumps(said))
    return ["--tables", "t.ndjson"]


def test_it_goes_on_from_the_tables_that_there_are(folder: Path) -> None:
    answer = told(folder, *given(folder, 10, 120, 260, 900))
    assert answer["before"] == {"monetary": [10, 120, 260, 900]}
    assert answer["cuts"] == {"monetary": [11, 120, 260, 900]}  # 100 of 100 reach 10
    same = preview(folder, *given(folder, 50, 120, 260, 900))
    assert same.splitlines()[1:] == ["  no cut changes, so there is no new table, and nobody moves"]


def test_of_too_few_it_says_so(folder: Path) -> None:
    (folder / "r.yaml").write_text(RULES.replace("least: 100", "least: 101"))
    assert preview(folder).splitlines()[1:] == [
        "  no table is made of fewer than 101 (`tables: least`)"
    ]


def test_what_cannot_be_answered_is_said(folder: Path) -> None:
    assert "no event" in preview(folder, "--at", "2025-01-01T00:00:00Z", code=1)
    (folder / "r.yaml").write_text("version: 1\nsegments: [{name: q, use: inactivity}]\n")
    assert "asks for no quantiles" in preview(folder, code=1)
    alone = streamseg(folder, "tables", "preview", "--rules", "r.yaml", "--at", MONDAY)
    assert (alone.returncode, b"goes with --from-file" in alone.stderr) == (2, True)
