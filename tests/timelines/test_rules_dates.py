"""`streamseg rules dates`: a date that far too many have is what a form fills in by itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .command import streamseg

RULES = """
version: 1
segments:
  - {name: b, use: anniversary, with: {of: {attribute: birthday}}}
  - {name: c, use: anniversary, with: {of: {attribute: contract.begun}}}
"""
BIRTHDAYS = ["1990-01-01"] * 4 + ["1985-01-01", "--01-01", "1991-05-06", "05-07", "soon", None]


def told(folder: Path, *options: str, code: int = 0, rules: str = RULES) -> str:
    (folder / "r.yaml").write_text(rules)
    events = [
        {
            "type": "contact_updated",
            "contact": f"c{number}",
            "time": 1_767_225_600_000 + number,
            "data": {"birthday": one},
        }
        for number, one in enumerate(BIRTHDAYS)
    ]
    (folder / "e.ndjson").write_text("\n".join(map(json.dumps, events)))
    done = streamseg(folder, "rules", "dates", "r.yaml", "--from-file", "e.ndjson", *options)
    assert done.returncode == code, done.stderr
    return (done.stderr if code else done.stdout).decode()


def test_the_share_of_the_commonest_birthday(tmp_path: Path) -> None:
    assert told(tmp_path).splitlines() == [
        "attributes.birthday: 8 dates",
        "  commonest date 1990-01-01  50.0 %",
        "  commonest day       01-01  75.0 %; of people's birthdays a day of the year has 0.3 %",
        "attributes.contract.begun: 0 dates",
    ]


def test_programs_read_json(tmp_path: Path) -> None:
    lines: list[dict[str, Any]] = [json.loads(one) for one in told(tmp_path, "--json").splitlines()]
    assert lines[0] == {
        "attribute": "birthday",
        "dates": 8,
        "date": {"is": "1990-01-01", "contacts": 4},
        "day": {"is": "01-01", "contacts": 6},
    }
    assert lines[1] == {"attribute": "contract.begun", "dates": 0, "date": None, "day": None}


def test_rules_that_read_no_dates(tmp_path: Path) -> None:
    rules = "version: 1\nsegments: [{name: a, on: searched}]"
    assert "reads no attribute as a date" in told(tmp_path, code=1, rules=rules)
