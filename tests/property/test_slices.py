"""Whatever comes between the slices of changes that many wait for, what is told is the same."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamseg.core.events import Event
from streamseg.core.outcomes import ProductChange
from streamseg.core.partition import Partition
from streamseg.formats.outbound import encode_value
from streamseg.rules import parse_rules

from .scale import examples

RULES = parse_rules("""
version: 1
segments:
  - {name: back, use: back_in_stock, membership: true}
  - {name: again, use: back_in_stock, with: {repeat: each_restock, hold: 2s}}
  - {name: seen, per: product, max_keys: 2, membership: true,
     when: {all: [{did: product_viewed, within: 9s}, {product: {stock: {gt: 0}}}]}}
  - {name: also, when: {in_segment: seen}, trigger: {}}
""")
CONTACTS = st.sampled_from("abcdef")
PRODUCTS = st.sampled_from("ppq")
STEPS = st.one_of(
    st.tuples(st.just("view"), CONTACTS, PRODUCTS),
    st.tuples(st.just("order"), CONTACTS, PRODUCTS),
    st.tuples(st.just("stock"), st.sampled_from([0, 5]), PRODUCTS),
    st.tuples(st.just("work"), st.integers(1, 2), PRODUCTS),
    st.tuples(st.just("commit"), st.none(), PRODUCTS),
)
Steps = list[tuple[str, str | int | None, str]]


def told(steps: Steps, lateness: int, slice_size: int | None) -> list[str]:
    """What is told, without when; a step is a second."""
    partition, outcomes, version = Partition(RULES, lateness, slice_size=slice_size), [], 0
    partition.ready()

    def commit() -> None:
        for outcome in partition.take().outcomes:
            document = json.loads(encode_value(outcome))
            del document["emitted_at"]
            outcomes.append(json.dumps(document))
        partition.install()

    for number, (kind, what, product) in enumerate(steps):
        time = 1_000 * number
        if kind == "view":
            view = Event("product_viewed", str(what), time, {"product": product}, f"e{number}")
            partition.apply(view, None)
        elif kind == "order":
            data = {"order": f"o{number}", "items": [{"product": product}]}
            partition.apply(Event("order_placed", str(what), time, data, f"e{number}"), None)
        elif kind == "stock":
            version += 1
            change = ProductChange(product, time, version, stock=int(what or 0), stock_time=time)
            partition.apply(change, None)
        elif kind == "work":
            partition.advance(partition.now, None, int(what or 0))
        else:
            commit()
    while not partition.advance(1_000_000, None, 1):
        commit()
    commit()
    return sorted(outcomes)


@pytest.mark.parametrize("lateness", [0, 3_000])
@pytest.mark.parametrize("slice_size", [1, 2])
@settings(max_examples=examples(200))
@given(st.lists(STEPS, min_size=10, max_size=60))
def test_slices_change_nothing_but_when_it_is_told(
    slice_size: int, lateness: int, steps: Steps
) -> None:
    assert told(steps, lateness, slice_size) == told(steps, lateness, None)
