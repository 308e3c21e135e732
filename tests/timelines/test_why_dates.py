"""`streamseg why` of conditions on a date: which date is known, and why there is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .command import streamseg

RULES = """\
version: 1
segments:
- {name: birthday, use: anniversary, with: {of: {attribute: birthday}}}
- {name: old, when: {attribute: birthday, age: {gte: 40}}}
- {name: then, when: {cohort: {of: {attribute: birthday}, by: month, is: [1990-05]}}}
- {name: first, use: anniversary, with: {of: {first: order_placed}, every: month}}
"""


def asked(tmp_path: Path, segment: str, birthday: Any, at: str = "2026-11-21", *more: str) -> str:
    rules, events = tmp_path / "rules.yaml", tmp_path / "events.ndjson"
    rules.write_text(RULES)
    data = {"birthday": birthday, "city": "Lviv"}
    told = {"type": "contact_updated", "contact": "ann", "time": "2026-11-20T10:00:00Z"}
    events.write_text(json.dumps(told | {"data": data}))
    given = ["--at", f"{at}T12:00:00Z", "--rules", str(rules), "--from-file", str(events)]
    result = streamseg(Path(), "why", "ann", segment, *given, *more)
    assert result.returncode == 0, result.stderr
    return result.stdout.decode()


def saw(tmp_path: Path, segment: str, birthday: Any, at: str = "2026-11-21") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(asked(tmp_path, segment, birthday, at, "--json"))["tree"]
    return found["saw"]


def test_a_date_that_is_not_due_is_told(tmp_path: Path) -> None:
    assert asked(tmp_path, "birthday", "1990-05-12").splitlines()[1] == (
        "✗ anniversary of birthday  date 1990-05-12   true from 2027-05-12 00:00:00"
    )
    assert saw(tmp_path, "birthday", "05-12") == {"date": "05-12"}


def test_the_anniversary_that_it_is_is_told_beside_the_date(tmp_path: Path) -> None:
    due = saw(tmp_path, "birthday", "1990-11-21")
    assert due == {"date": "1990-11-21", "anniversary": "2026-11-21"}


@pytest.mark.parametrize("segment", ["birthday", "old", "then"])
@pytest.mark.parametrize(
    ("birthday", "told"),
    [
        ("12 May", {"date_is": "unreadable", "value": "12 May"}),
        ("1990-02-30", {"date_is": "unreadable", "value": "1990-02-30"}),
        (19900512, {"date_is": "unreadable", "value": 19900512}),
        (None, {"date_is": "missing"}),
    ],
)
def test_why_there_is_no_date_is_told(
    tmp_path: Path, segment: str, birthday: Any, told: dict[str, Any]
) -> None:
    seen = saw(tmp_path, segment, birthday)
    assert {name: seen[name] for name in seen if name not in ("years", "period")} == {
        "date": None,
        **told,
    }


def test_a_date_that_is_ignored_is_told_with_that(tmp_path: Path) -> None:
    assert saw(tmp_path, "birthday", "1900-01-01") == {
        "date": "1900-01-01",
        "date_is": "ignored",
    }


def test_a_person_reads_that_a_date_is_unreadable_or_missing(tmp_path: Path) -> None:
    line = asked(tmp_path, "birthday", "12 May").splitlines()[1]
    assert line == "✗ anniversary of birthday  date none, date is unreadable, value 12 May"
    line = asked(tmp_path, "birthday", None).splitlines()[1]
    assert line == "✗ anniversary of birthday  date none, date is missing"


def test_age_and_cohort_tell_the_date_that_they_go_by(tmp_path: Path) -> None:
    assert saw(tmp_path, "old", "1990-05-12") == {"years": 36, "date": "1990-05-12"}
    no_year = {"date": "05-12", "date_is": "without a year"}
    assert saw(tmp_path, "old", "05-12") == {"years": None, **no_year}
    assert saw(tmp_path, "then", "1990-05-12") == {"period": "1990-05", "date": "1990-05-12"}


def test_the_first_event_of_a_kind_is_missing_where_there_was_none(tmp_path: Path) -> None:
    assert saw(tmp_path, "first", "1990-05-12") == {"date": None, "date_is": "missing"}
