"""Whatever comes between the slices of changes that many wait for, what is told is the same."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamseg.core.events import Event
from streamseg.core.messages.outcomes import ProductChange
from streamseg.core.partition import Partition
from streamseg.core.segments.rule_set import RuleSet
from streamseg.formats.outbound import encode_value
from streamseg.rules import parse_rules

from .scale import examples

HEAD = "version: 1\nsegments:\n"
RULES = [
    parse_rules(HEAD + segments)
    for segments in (
        """
  - {name: back, use: back_in_stock, membership: true}
  - {name: again, use: back_in_stock, with: {repeat: each_restock, hold: 2s}}
  - {name: seen, per: product, max_keys: 2, membership: true,
     when: {all: [{did: product_viewed, within: 9s}, {product: {stock: {gt: 0}}}]}}
  - {name: also, when: {in_segment: seen}, trigger: {}}
""",
        """
  - {name: drop, use: price_drop, with: {hold: 2s}, membership: true}
  - {name: low, use: low_stock, with: {at_most: 3, after: 0s}}
  - {name: back, use: back_in_stock, with: {within: 8s}, membership: true}
""",
        """
  - {name: any, use: back_in_stock, membership: true, trigger: {limit: 2},
     with: {while: any, repeat: each_restock, hold: 1s}}
  - {name: quiet, use: inactivity, with: {after: [2s, 5s]}, when: {in_segment: any},
     membership: true}
  - {name: both, per: product, trigger: {cooldown: 4s}, membership: true,
     when: {any: [{product: {price: {lt: 50}}}, {did: product_viewed, at_least: 2, within: 4s}]}}
""",
        """
  - {name: held, use: back_in_stock, membership: true, policy: {priority: 60},
     with: {while: any, repeat: each_restock, hold: 2s}}
  - {name: brief, per: product, membership: true, trigger: {}, policy: {quiet: none},
     when: {all: [{did: product_viewed, within: 5s}, {product: {stock: {gt: 0}}}]}}
  - {name: quiet, use: inactivity, with: {after: [2s, 5s]}, when: {in_segment: held}}
policies: {zone: {default: UTC}, quiet: {from: 00:00, to: 00:01}, expires: 40s,
  caps: {two: {max: 2, within: 9s}}}
""",
        """
  - {name: held, use: back_in_stock, with: {hold: 2s}, policy: {caps: none}}
  - {name: drop, use: price_drop, with: {hold: 1s}, trigger: {limit: 2}}
policies: {caps: {two: {max: 1, within: 9s}}, expires: 6s}
""",
    )
]
CONTACTS = st.sampled_from("abcdef")
PRODUCTS = st.sampled_from("ppq")
STEPS = st.one_of(
    *[st.tuples(st.just(kind), CONTACTS, PRODUCTS) for kind in ("view", "view", "order")],
    st.tuples(st.just("stock"), st.sampled_from([0, 2, 5]), PRODUCTS),
    st.tuples(st.just("price"), st.sampled_from([10, 30, 60]), PRODUCTS),
    st.tuples(st.just("work"), st.integers(1, 2), PRODUCTS),
    st.tuples(st.just("commit"), st.none(), PRODUCTS),
)
Steps = list[tuple[str, str | int | None, str]]


class Catalogue:
    """What products are told to be."""

    def __init__(self) -> None:
        self._facts: dict[str, dict[str, int]] = {"p": {}, "q": {}}
        self._version = 0

    def change(self, kind: str, what: int, product: str, time: int) -> ProductChange:
        facts = self._facts[product]
        if kind == "price" and "price" in facts:
            facts["price_before"] = facts["price"]
        facts |= {kind: what, f"{kind}_time": time}
        self._version += 1
        return ProductChange(product, time, self._version, **facts)


def told(rules: RuleSet, steps: Steps, lateness: int, slice_size: int | None) -> list[str]:
    """What is told, but for what says when that was; a step is a second."""
    partition, outcomes, catalogue = (
        Partition(rules, lateness, slice_size=slice_size),
        [],
        Catalogue(),
    )
    partition.ready()

    def commit() -> None:
        for outcome in partition.take().outcomes:
            document = json.loads(encode_value(outcome))
            for name in ("emitted_at", "context", "why"):  # products as they are by then
                document.pop(name, None)
            outcomes.append(json.dumps(document))
        partition.install()

    for number, (kind, what, product) in enumerate(steps):
        time, name = 1_000 * number, f"e{number}"
        if kind == "view":
            partition.apply(
                Event("product_viewed", str(what), time, {"product": product}, name), None
            )
        elif kind == "order":
            data = {"order": name, "items": [{"product": product}]}
            partition.apply(Event("order_placed", str(what), time, data, name), None)
        elif kind == "work":
            partition.advance(partition.now, None, int(what or 0))
        elif kind == "commit":
            commit()
        else:
            partition.apply(catalogue.change(kind, int(what or 0), product, time), None)
    while not partition.advance(1_000_000, None, 1):
        commit()
    commit()
    return sorted(outcomes)


@pytest.mark.parametrize("lateness", [0, 3_000])
@pytest.mark.parametrize("slice_size", [1, 2])
@settings(max_examples=examples(200))
@given(st.sampled_from(RULES), st.lists(STEPS, min_size=10, max_size=60))
def test_slices_change_nothing_but_when_it_is_told(
    slice_size: int, lateness: int, rules: RuleSet, steps: Steps
) -> None:
    assert told(rules, steps, lateness, slice_size) == told(rules, steps, lateness, None)
