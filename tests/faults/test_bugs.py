"""A record on which the engine fails is never skipped in silence: the worker stops and names it,
or, where it is told to, puts it among the dead letters and goes on as if it had not been there.
"""

from __future__ import annotations

import pytest

from ..stream.conftest import Install

pytestmark = pytest.mark.stream

DAY = 1_700_000_000_000


def events(bad: dict[int, str], count: int = 10) -> list[dict[str, object]]:
    return [
        {"id": f"e{n}", "type": bad.get(n, "look"), "contact": "c", "time": DAY + n}
        for n in range(count)
    ]


@pytest.mark.parametrize(
    ("kind", "error"), [("boom", "ZeroDivisionError"), ("boom_at_rest", "OverflowError")]
)
def test_the_worker_stops_at_a_record_on_which_the_engine_fails(
    install: Install, kind: str, error: str
) -> None:
    shop = install(partitions=1)
    shop.produce(events({7: kind}))
    for _ in range(2):  # and again at the next start
        worker = shop.worker("-m", "tests.stream.poisoned", batch_max_records="5")
        assert worker.wait() == 1
        assert f"{shop.topic('events')}-0-7" in worker.log
        assert error in worker.log
        assert "STREAMSEG_ON_POISON=park" in worker.log
        assert shop.committed_events() <= 7
    assert len(shop.told()) == shop.committed_events() <= 7


def test_a_parked_record_is_a_dead_letter_and_leaves_no_trace_in_the_state(
    install: Install,
) -> None:
    shop = install(partitions=1)
    bad = {3: "boom", 4: "boom", 50: "boom_at_rest", 77: "boom", 78: "boom_at_rest", 99: "boom"}
    shop.produce(events(bad, count=100))
    stock = {"type": "stock_changed", "product": "p", "time": DAY}
    shop.produce([{**stock, "data": {"quantity": quantity}} for quantity in (1, 666, 2)])
    worker = shop.worker("-m", "tests.stream.poisoned", on_poison="park")
    shop.wait_drained()
    assert worker.stop() == 0
    good = 100 - len(bad)
    # Each counts the events before it: what a parked one had counted would show.
    assert [told["anchor"] for told in shop.told()] == [str(n) for n in range(1, good + 1)]
    letters = [(dict(letter.headers), letter) for letter in shop.read("dlq")]
    assert {headers["streamseg.error.code"] for headers, _ in letters} == {b"engine_error"}
    places = sorted(
        (headers["streamseg.error.topic"].decode(), int(headers["streamseg.error.offset"]))
        for headers, _ in letters
    )
    expected = [(shop.topic("events"), n) for n in bad] + [(shop.topic("products"), 1)]
    assert places == sorted(expected)
    for headers, letter in letters:
        assert b"a bug" in headers["streamseg.error.message"]
        assert letter.value is not None
