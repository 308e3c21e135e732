"""Of more orders than are kept, the two oldest become one: the sums stay."""

from bisect import bisect_right
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from streamseg.core.events import Event
from streamseg.core.features.base import UpdateContext
from streamseg.core.features.order_figures import count_of, first_of, last_of, total_of
from streamseg.core.features.order_history import (
    AMOUNTS,
    MAX_ORDERS,
    TIMES,
    OrderHistory,
    OrderTerms,
)
from streamseg.core.labels.figures import placed_within, spent

from .scale import examples

START = 1_700_000_000_000
SPAN = 5_000
WINDOW = 2 * SPAN  # no order is older than it
CONTEXT = UpdateContext()
orders_drawn = st.lists(
    st.tuples(st.integers(0, SPAN), st.decimals(0, 500, places=2)), min_size=1, max_size=40
)


def remembered(orders: list[tuple[int, Decimal]]) -> Any:
    """The state of who has placed these orders, in this order of arrival."""
    history = OrderHistory(OrderTerms(), WINDOW)
    states: dict[int, Any] = {}
    for number, (time, amount) in enumerate(orders):
        data = {"order": f"o{number}", "total": amount}
        history.update(states, 0, Event("order_placed", "c", START + time, data), CONTEXT)
    return states[0]


@given(orders_drawn, st.integers(0, 1 << 30))
@settings(max_examples=examples(30))
def test_beyond_the_bound_the_two_oldest_become_one(
    drawn: list[tuple[int, Decimal]], seed: int
) -> None:
    """The number within a window is too small by those that are one; all else is exact."""
    random = Random(seed)
    usual = [(random.randrange(SPAN), Decimal(random.randrange(5_000)) / 100) for _ in range(990)]
    orders = [*usual, *drawn]
    state = remembered(orders)
    ascending = sorted(orders, key=lambda one: one[0])
    times = [START + time for time, _ in ascending]
    newest = times[-MAX_ORDERS:]
    assert state[TIMES] == newest
    assert (count_of(state), first_of(state), last_of(state)) == (len(orders), times[0], times[-1])
    assert total_of(state) == sum(amount for _, amount in orders)
    late = list(orders)
    random.shuffle(late)
    assert remembered(late)[TIMES] == state[TIMES]
    now = times[-1]
    for within in (1, SPAN // 3, SPAN // 2, now - newest[0] + 1, WINDOW):
        inside = [amount for time, amount in ascending if START + time > now - within]
        if now - within >= newest[0] or now - within < times[0]:  # what is one is in or out
            assert spent(state, within, now) == sum(inside)
        counted = placed_within(state[TIMES], within, now)
        assert counted == min(len(inside), len(newest) - bisect_right(newest, now - within))


def test_what_has_become_one_leaves_the_window_at_the_later_time() -> None:
    state = remembered([(number, Decimal(1)) for number in range(MAX_ORDERS + 2)])
    assert state[TIMES][0] == START + 2
    assert state[AMOUNTS][0] == 3
    within = 10_000
    assert spent(state, within, START + within + 1) == MAX_ORDERS + 2
    assert spent(state, within, START + within + 2) == MAX_ORDERS - 1


def test_two_who_have_ordered_so_often_are_remembered_as_one() -> None:
    one = [(3 * number, Decimal(1)) for number in range(MAX_ORDERS + 50)]
    other = [(3 * number + 1, Decimal(2)) for number in range(MAX_ORDERS + 70)]
    history = OrderHistory(OrderTerms(), WINDOW)
    joined = history.join(remembered(one), remembered(other), CONTEXT)
    both = remembered([*one, *other])
    assert joined[TIMES] == both[TIMES]
    assert [count_of(joined), first_of(joined)] == [len(one) + len(other), START]
    assert total_of(joined) == total_of(both) == sum(amount for _, amount in [*one, *other])
    assert spent(joined, WINDOW, START + SPAN) == total_of(joined)
