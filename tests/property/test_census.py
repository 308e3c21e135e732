"""What is summed of members is what the reference makes of the whole log, as of that instant."""

import json
from decimal import Decimal
from typing import Any

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reference.predictions import DAY_MS, Model, Order, Spending, clv, past
from tests.replaying import run_replay

from .scale import examples

Record = dict[str, Any]
BEGIN = 1_767_225_600_000  # 2026-01-01
HOUR = 3_600_000
LENGTH = 60
CANCELLED_MS = 20 * DAY_MS
WITHIN_MS = 365 * DAY_MS
AT = 4 * HOUR  # of each day
MODEL, SPENDING = Model(), Spending()
CUTS = {"recency": [5, 10, 20, 40], "frequency": [2, 3, 4, 5], "monetary": [20, 40, 60, 80]}
FILE = json.dumps(
    {
        "version": 1,
        "value": {
            "orders": {"cancelled": "20d"},
            "tables": {"every": "day", "at": "04:00"},
            "model": {
                name: float(one) for name, one in (MODEL._asdict() | SPENDING._asdict()).items()
            },
            "rfm": {
                "buyers": CUTS
                | {"within": "30d", "recency": [f"{days}d" for days in CUTS["recency"]]}
            },
            "kpis": {"clv": "365d", "scores": True},
        },
        "segments": [
            {"name": "buyers", "when": {"did": "order_placed"}},
            {"name": "of_late", "when": {"did": "order_placed", "within": "10d"}},
        ],
    }
)
Shop = dict[str, list[Order]]


@st.composite
def shops(draw: st.DrawFn) -> Shop:
    """Orders of a few contacts by day and hour; at four there is often one."""
    times = st.builds(
        lambda day, hour: BEGIN + day * DAY_MS + hour * HOUR,
        st.integers(0, LENGTH),
        st.sampled_from([0, 4, 4, 5, 23]),
    )
    orders = st.builds(
        lambda time, amount, later: Order(
            time, amount, None if later is None else time + later * DAY_MS
        ),
        times,
        st.integers(1, 30),
        st.none() | st.none() | st.integers(0, 30),
    )
    names = st.sampled_from(["a", "b", "c"])
    return draw(st.dictionaries(names, st.lists(orders, min_size=1, max_size=6), min_size=1))


def events_of(shop: Shop) -> list[Record]:
    found: list[tuple[int, str, str, Record]] = []
    for who, orders in shop.items():
        for number, order in enumerate(orders):
            name = {"order": f"{who}{number}"}
            found.append((order.time, who, "order_placed", name | {"total": order.amount}))
            if order.cancelled is not None:
                found.append((order.cancelled, who, "order_cancelled", name))
    found.sort(key=lambda one: one[0])
    return [
        {"type": kind, "contact": who, "time": time, "data": data, "id": f"e{number}"}
        for number, (time, who, kind, data) in enumerate(found)
    ]


def known_before(orders: list[Order], instant: int) -> list[Order]:
    """Orders and cancellations before an instant; those of it come after."""
    return [
        one._replace(cancelled=None) if one.cancelled and one.cancelled >= instant else one
        for one in orders
        if one.time < instant
    ]


def counting(orders: list[Order]) -> list[Order]:
    return [
        one
        for one in orders
        if one.cancelled is None or abs(one.cancelled - one.time) > CANCELLED_MS
    ]


def worth_of(orders: list[Order], instant: int) -> Decimal | None:
    """What the orders to come are worth, to the cent; None of who has none that counts."""
    of = past(orders, instant, CANCELLED_MS)
    if of is None:
        return None
    counted = counting(orders)
    first = min(one.time for one in counted) // DAY_MS
    spent = sum(one.amount for one in counted if one.time // DAY_MS != first)
    with mpmath.workdps(40):
        exact = clv(MODEL, SPENDING, of, spent, WITHIN_MS, instant)
        return Decimal(mpmath.nstr(exact, 30)).quantize(Decimal("0.01"))


def scores_of(orders: list[Order], instant: int) -> dict[str, int]:
    counted = counting(orders)
    if not counted:
        return {}
    silence = instant - max(one.time for one in counted)
    late = [one for one in counted if one.time > instant - 30 * DAY_MS]
    spent = sum(one.amount for one in late)
    return {
        "recency": 5 - sum(cut * DAY_MS <= silence for cut in CUTS["recency"]),
        "frequency": 1 + sum(cut <= len(late) for cut in CUTS["frequency"]),
        "monetary": 1 + sum(cut <= spent for cut in CUTS["monetary"]),
    }


def expected(shop: Shop, instant: int, within: int | None) -> Record:
    """The sums of who ordered within so many ms (None: ever)."""
    members = [known_before(orders, instant) for orders in shop.values()]
    members = [
        orders
        for orders in members
        if any(within is None or one.time > instant - within for one in orders)
    ]
    worth = [one for one in (worth_of(orders, instant) for orders in members) if one is not None]
    scores: Record = {}
    for orders in members:
        for dimension, score in scores_of(orders, instant).items():
            of_dimension = scores.setdefault(dimension, {})
            of_dimension[str(score)] = of_dimension.get(str(score), 0) + 1
    total = sum(worth, Decimal(0))
    sums = {
        "predicted": len(worth),
        "clv": f"{total:f}" if total else "",
        "scores": {"rfm.buyers": scores} if scores else {},
    }
    return {"contacts": len(members)} | {name: one for name, one in sums.items() if one}


@pytest.mark.slow
@settings(max_examples=examples(60))
@given(shops(), st.integers(0, LENGTH + 40), st.sampled_from(["0s", "5s", "3h"]))
def test_members_are_summed_as_the_reference_does(shop: Shop, day: int, lateness: str) -> None:
    events = events_of(shop)
    until = max(BEGIN + day * DAY_MS + 12 * HOUR, events[-1]["time"] + 12 * HOUR)
    told = run_replay(FILE, events, until=until, lateness=lateness)
    instant = (until - AT) // DAY_MS * DAY_MS + AT
    if (until - instant) < 3 * HOUR:
        return  # of so late a lateness the one before is the last
    for name, within in (("buyers", None), ("of_late", 10 * DAY_MS)):
        (size,) = [one for one in told.stats if one.get("segment") == name and "members" in one]
        (found,) = size.get("census", {"": {"contacts": 0}}).values()
        assert found == expected(shop, instant, within), name
