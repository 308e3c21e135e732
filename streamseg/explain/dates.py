"""The commonest dates that contacts have told, for people and for programs."""

from __future__ import annotations

from typing import Any

from streamseg.core.date_tally import Commonest
from streamseg.core.values.dates import WrittenDate


def date_lines(found: Commonest) -> list[str]:
    """An attribute in lines."""
    lines = [f"attributes.{found.path}: {found.dates:,} dates"]
    if found.date is not None:
        lines.append(f"  commonest date {_share(found.date, found.dates)}")
    if found.day is not None:
        usual = "of people's birthdays a day of the year has 0.3 %"
        lines.append(f"  commonest day  {_share(found.day, found.dates)}; {usual}")
    return lines


def date_answer(found: Commonest) -> dict[str, Any]:
    """The same as an object."""
    return {
        "attribute": found.path,
        "dates": found.dates,
        "date": _told(found.date),
        "day": _told(found.day),
    }


def _share(one: tuple[WrittenDate, int], dates: int) -> str:
    written, count = one
    return f"{_text(written):>10}  {100 * count / dates:.1f} %"


def _told(one: tuple[WrittenDate, int] | None) -> dict[str, Any] | None:
    return None if one is None else {"is": _text(one[0]), "contacts": one[1]}


def _text(written: WrittenDate) -> str:
    year = f"{written.year:04}-" if written.year else ""
    return f"{year}{written.month:02}-{written.day:02}"
