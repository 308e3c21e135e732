"""Who is in by a prediction is who is in by the definition, to the second, however events come."""

import json
import math
from datetime import datetime
from typing import Any, NamedTuple

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reference.predictions import DAY_MS, Model, Order, figure, past
from tests.replaying import ReplayResult, run_replay

from .scale import examples

Record = dict[str, Any]
BEGIN = 1_767_225_600_000  # 2026-01-01
HOUR = 3_600_000
CANCELLED_DAYS = 60
MODEL = Model()
# Each segment: figure, days, operator, threshold.
ASKED: dict[str, tuple[str, int, str, str]] = {
    "suspect": ("alive", 0, "lt", "50%"),
    "living": ("alive", 0, "gte", "70%"),
    "churned": ("buys", 90, "lt", "34%"),
    "buys": ("buys", 30, "gte", "20%"),
    "many": ("orders", 90, "gte", "0.8"),
    "few": ("orders", 90, "lt", "0.25"),
}


def condition(kind: str, days: int, operator: str, threshold: str) -> Record:
    value: Any = threshold if threshold.endswith("%") else float(threshold)
    return {"predict": {kind: ({"within": f"{days}d"} if days else {}) | {operator: value}}}


def file_of() -> str:
    segments = [
        {"name": name, "when": condition(*asked), "membership": True, "trigger": {}}
        for name, asked in ASKED.items()
    ]
    opposite = {"not": condition(*ASKED["suspect"])}
    segments.append({"name": "not_suspect", "when": opposite, "membership": True})
    value = {
        "model": {name: float(one) for name, one in MODEL._asdict().items()},
        "orders": {"cancelled": f"{CANCELLED_DAYS}d"},
    }
    return json.dumps({"version": 1, "value": value, "segments": segments})


FILE = file_of()


class Case(NamedTuple):
    """Orders (in the order of arrival), views, and the end of it."""

    orders: list[Order]
    views: list[int]
    until: int


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A contact who orders now and then over two years; quick in a row, or with long silences."""
    gaps = st.one_of(st.integers(0, 40), st.integers(0, 1000), st.integers(0, 9000))  # hours
    time = BEGIN
    orders = []
    for gap in draw(st.lists(gaps, min_size=1, max_size=8)):
        time += gap * HOUR + draw(st.integers(0, 999))
        cancelled = draw(st.none() | st.none() | st.integers(0, 80).map(lambda one: one * DAY_MS))
        orders.append(Order(time, 10, None if cancelled is None else time + cancelled))
    views = [BEGIN + one * HOUR for one in draw(st.lists(st.integers(0, 9000), max_size=4))]
    return Case(orders, views, time + draw(st.integers(1, 600)) * DAY_MS)


def events(case: Case, *, in_order: bool, others: bool = False) -> list[Record]:
    """The events of a case, each with an id; in the order of their times, or of the orders."""
    found = []
    for number, order in enumerate(case.orders):
        name = {"order": f"o-{number}"}
        found.append(("order_placed", order.time, name | {"total": order.amount}))
        if order.cancelled is not None:
            found.append(("order_cancelled", order.cancelled, name))
    found += [("page_viewed", time, {}) for time in case.views]
    if in_order:
        found.sort(key=lambda one: one[1])
    told = [
        {"type": kind, "contact": "c", "time": time, "data": data, "id": f"{kind}-{number}"}
        for number, (kind, time, data) in enumerate(found)
    ]
    ticks = [{"type": "page_viewed", "contact": "stranger", "time": one["time"]} for one in told]
    return [one for pair in zip(told, ticks, strict=True) for one in pair] if others else told


def run(case: Case, *, in_order: bool = True, **options: Any) -> ReplayResult:
    others = options.pop("others", False)
    records = events(case, in_order=in_order, others=others)
    return run_replay(FILE, records, until=case.until, **options)


def instant_of(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def stays(result: ReplayResult) -> dict[str, list[tuple[int, int]]]:
    """From when until when the contact was in each segment; without an end, until far ahead."""
    found: dict[str, list[tuple[int, int]]] = {}
    for one in result.membership:
        of = found.setdefault(one["segment"], [])
        if one["type"] == "segment.entered":
            of.append((instant_of(one["entered_at"]), 1 << 60))
        else:
            of[-1] = (of[-1][0], instant_of(one["exited_at"]))
    return found


def truth(case: Case, segment: str, instant: int) -> bool | None:
    """Whether the definition has the contact in it; None where a figure is at the threshold."""
    kind, days, operator, threshold = ASKED["suspect" if segment == "not_suspect" else segment]
    of = past(case.orders, instant, CANCELLED_DAYS * DAY_MS)
    if of is None:
        return False
    with mpmath.workdps(40):
        share = threshold.endswith("%")
        level = mpmath.mpf(threshold.rstrip("%")) / (100 if share else 1)
        above = figure(MODEL, of, kind, days * DAY_MS, instant) - level
    if abs(above) < mpmath.mpf(10) ** -30:
        return None
    holds = above > 0 if operator == "gte" else above < 0
    return bool(not holds if segment == "not_suspect" else holds)


def probes(case: Case, found: dict[str, list[tuple[int, int]]]) -> list[int]:
    edges = [edge for of in found.values() for stay in of for edge in stay if edge < 1 << 59]
    times = [one.time for one in case.orders] + case.views + edges
    around = {time + step for time in times for step in (-1, 0, 1, 1000, 40 * DAY_MS)}
    return sorted(time for time in around if BEGIN <= time <= case.until)


@pytest.mark.slow
@settings(max_examples=examples(60))
@given(cases())
def test_a_contact_is_in_at_the_instants_of_the_definition(case: Case) -> None:
    found = stays(run(case))
    for segment in (*ASKED, "not_suspect"):
        for instant in probes(case, found):
            inside = any(start <= instant < end for start, end in found.get(segment, ()))
            assert truth(case, segment, instant) in (inside, None), (segment, instant)


def as_remembered(orders: list[Order]) -> list[Order]:
    """Orders in the order of arrival, each followed by its cancellation: one that was forgotten by
    then, as it lies too long before the last, is not cancelled.
    """
    last = -math.inf
    found = []
    for order in orders:
        last = max(last, order.time)
        if order.cancelled is not None and order.time < last - CANCELLED_DAYS * DAY_MS:
            last = max(last, order.cancelled)  # what waits for its order is remembered as one is
            found.append(order._replace(cancelled=None))
        else:
            found.append(order)
    return found


def test_an_order_that_lies_long_before_the_last_is_not_cancelled() -> None:
    late = Order(BEGIN, 10, cancelled=BEGIN)
    orders = [Order(BEGIN + 63 * DAY_MS, 10, None), late]
    assert as_remembered(orders)[1].cancelled is None
    case = Case(orders, [], BEGIN + 64 * DAY_MS)
    kept = run(case._replace(orders=[orders[0], late._replace(cancelled=None)]), in_order=False)
    assert stays(run(case, in_order=False)) == stays(kept)


@pytest.mark.slow
@settings(max_examples=examples(40))
@given(cases(), st.randoms(use_true_random=False))
def test_in_the_end_it_does_not_matter_in_which_order_events_came(case: Case, random: Any) -> None:
    shuffled = list(case.orders)
    random.shuffle(shuffled)
    found = stays(run(case._replace(orders=shuffled), in_order=False))
    latest = max(case.until, *case.views, *(one.cancelled or one.time for one in case.orders))
    case = case._replace(orders=as_remembered(shuffled))
    for segment in ASKED:
        inside = bool(found.get(segment)) and found[segment][-1][1] > latest
        assert truth(case, segment, latest) in (inside, None), segment


@pytest.mark.slow
@settings(max_examples=examples(30))
@given(cases())
def test_restarts_and_what_others_do_change_nothing(case: Case) -> None:
    once = run(case)
    restarted = run(case, restart_every=1)
    assert (restarted.triggers, restarted.membership) == (once.triggers, once.membership)
    among_others = run(case, others=True)

    def told(result: ReplayResult) -> list[Record]:
        return [one | {"emitted_at": None} for one in result.triggers if one["contact"] == "c"]

    assert told(among_others) == told(once)
