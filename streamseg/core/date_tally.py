"""Counts the dates in the attributes of contacts that rules read as dates."""

from __future__ import annotations

from collections import Counter
from typing import Final, NamedTuple

from streamseg.core.contacts.contact import Contact
from streamseg.core.features.attributes import Attribute
from streamseg.core.segments.rule_set import RuleSet
from streamseg.core.values.dates import WrittenDate, read_date

_NO_YEAR: Final = 0


class Commonest(NamedTuple):
    """The commonest date of an attribute, and the commonest day of the year, each with the number
    of contacts that have it; None where there is no date (of a year). ``dates``: how many there
    are.
    """

    path: str
    dates: int
    date: tuple[WrittenDate, int] | None
    day: tuple[WrittenDate, int] | None


class DateTally:
    """Counts the dates of contacts, by attribute."""

    def __init__(self, rules: RuleSet) -> None:
        self._columns = {path: rules.contact.known(Attribute(path)) for path in rules.dated}
        self._dates: dict[str, Counter[WrittenDate]] = {path: Counter() for path in rules.dated}

    def count(self, contact: Contact) -> None:
        """Count the dates of a contact."""
        for path, column in self._columns.items():
            written = read_date(Attribute.value(contact.state(column)))
            if written is not None:
                self._dates[path][written] += 1

    def commonest(self) -> list[Commonest]:
        """The most common date and day, by attribute; of equally common ones the earlier."""
        return [self._of(path, dates) for path, dates in sorted(self._dates.items())]

    def _of(self, path: str, dates: Counter[WrittenDate]) -> Commonest:
        whole = Counter({one: count for one, count in dates.items() if one.year != _NO_YEAR})
        days: Counter[WrittenDate] = Counter()
        for one, count in dates.items():
            days[WrittenDate(_NO_YEAR, one.month, one.day)] += count
        return Commonest(path, dates.total(), _first(whole), _first(days))


def _first(dates: Counter[WrittenDate]) -> tuple[WrittenDate, int] | None:
    found = sorted(dates.items(), key=_rank)
    return found[0] if found else None


def _rank(one: tuple[WrittenDate, int]) -> tuple[int, WrittenDate]:
    return -one[1], one[0]
