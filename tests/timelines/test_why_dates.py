"""`streamseg why` of conditions on a date: which date is known, and why there is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .command import streamseg

RULES = """\
version: 1
policies: {zone: {attribute: zone}}
segments:
- {name: birthday, use: anniversary, with: {of: {attribute: birthday}}}
- {name: old, when: {attribute: birthday, age: {gte: 40}}}
- {name: then, when: {cohort: {of: {attribute: birthday}, by: month, is: [1990-05]}}}
- {name: first, use: anniversary, with: {of: {first: order_placed}, every: month}}
"""


def asked(
    tmp_path: Path,
    segment: str,
    birthday: Any,
    at: str = "2026-11-21",
    *more: str,
    later: dict[str, str] | None = None,
) -> str:
    """What `streamseg why` prints at noon of a birthday that is told on 20 November at 10:00, and
    of attributes that are told a day later.
    """
    rules, events = tmp_path / "rules.yaml", tmp_path / "events.ndjson"
    rules.write_text(RULES)
    data = {"birthday": birthday, "city": "Lviv"}
    told = {"type": "contact_updated", "contact": "ann", "time": "2026-11-20T10:00:00Z"}
    updates = [told | {"data": data}]
    if later:
        updates.append(told | {"time": "2026-11-21T10:00:00Z", "data": later})
    events.write_text("\n".join(map(json.dumps, updates)))
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


@pytest.mark.parametrize(
    ("birthday", "later", "since"),
    [
        ("1990-11-21", None, "2026-11-21T00:00:00.000Z"),
        ("1990-11-20", None, None),
        ("1990-11-21", {"zone": "Europe/Kyiv"}, None),
    ],
)
def test_an_anniversary_began_at_its_begin_if_date_and_zone_were_known_then(
    tmp_path: Path, birthday: str, later: dict[str, str] | None, since: str | None
) -> None:
    at = f"2026-{birthday[5:]}"
    tree = json.loads(asked(tmp_path, "birthday", birthday, at, "--json", later=later))["tree"]
    assert (tree["truth"], tree["since"]) == ("true", since)


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
