"""What `rules explain` says of bytes is true of encoded states, and states are bounded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from streamseg.core.contacts.contact import FEATURES, Contact
from streamseg.core.events import Event
from streamseg.core.partition import Partition
from streamseg.core.segments.rule_set import RuleSet
from streamseg.rules import parse_rules
from streamseg.rules.conditions.base import condition_specs
from streamseg.rules.explaining import explain, explanation_lines
from streamseg.rules.reading import flow
from streamseg.rules.starter_files import example_value
from streamseg.rules.templates.base import templates
from tests.unit.core.shop import RULES, Log, commit, keep, records

T0 = 1_795_255_200_000
_encode = msgspec.msgpack.Encoder().encode


def contacts(log: Log) -> Iterator[tuple[Contact, bytes]]:
    """The contacts in a changelog, with their bytes."""
    for key, value in log.items():
        if key[:1] == b"c":
            yield Contact.decode(key[1:], value), value


def check(rules: RuleSet, log: Log) -> None:
    """Every contact and everything remembered of it is within the bound that is told."""
    found = explain(rules)
    for contact, value in contacts(log):
        assert len(value) - sum(len(_encode(one)) for one in contact.pending) <= found.most
        for column, state in contact.features.items():
            assert len(_encode(state)) <= rules.contact.features[column].memory.most
        for key_group, keys in contact.keys.items():
            assert len(keys) <= rules.key_groups[key_group].max_keys
            for key in keys:
                state = contact.key(key_group, key)
                assert state is not None
                for column, of_key in state[FEATURES].items():
                    feature = rules.key_groups[key_group].columns.features[column]
                    assert len(_encode(of_key)) <= feature.memory.most


def remembered(rules: RuleSet, events: Iterable[Event]) -> Log:
    """The changelog after events of contacts."""
    partition, log = Partition(rules), Log()
    for event in events:
        partition.apply(event, None)
    keep(partition.take().changes, log)
    return log


def rules_of(text: str, trigger: str = "trigger: {}", per: str = "") -> RuleSet:
    return parse_rules(f"version: 1\nsegments: [{{name: s, {per} {text}, {trigger}}}]")


def views(count: int, **data: Any) -> list[Event]:
    return [
        Event("product_viewed", "c", T0 + n * 1000, {"product": f"p{n}"} | data, f"e{n}")
        for n in range(count)
    ]


LONG = "x" * 5000
HUGE = {"price": Decimal("1." + "7" * 4000)}


@pytest.mark.parametrize(
    ("condition", "per", "events"),
    [
        ("when: {did: product_viewed, at_least: 50}", "", views(300)),
        ("when: {did: product_viewed, at_most: 50, within: 1h}", "", views(300)),
        ("when: {aggregate: sum, of: price, over: product_viewed, gt: 1}", "", views(9, **HUGE)),
        (
            "when: {aggregate: sum, of: price, over: product_viewed, within: 30d, gt: 1}",
            "",
            views(1100, **HUGE),
        ),
        (
            "when: {aggregate: distinct, of: product, over: product_viewed, gt: 1}",
            "",
            [
                Event("product_viewed", "c", T0 + n, {"product": f"{n}{LONG}"}, None)
                for n in range(1100)
            ],
        ),
        (
            "when: {attribute: text, eq: a}",
            "",
            [Event("contact_updated", "c", T0, {"text": LONG * 9}, "e")],
        ),
        (
            "when: {attribute: text, contains: a}",
            "",
            [Event("contact_updated", "c", T0, {"text": [LONG, [LONG], *[1] * 9000]}, "e")],
        ),
        ("when: {idle: any, for: 1h}", "", [Event(LONG, "c", T0, {}, "e")]),
        (
            "when: {cart: {}}",
            "",
            [
                Event(
                    "cart_item_added",
                    "c",
                    T0 + n,
                    {"product": f"p{n % 600}", "category": LONG, **HUGE},
                    None,
                )
                for n in range(700)
            ],
        ),
        (
            "when: {cart: {}}",
            "",
            [
                Event(
                    "cart_updated",
                    "c",
                    T0 + n,
                    {"cart": f"{n}{LONG}", "items": [{"product": f"p{m}"} for m in range(700)]},
                    None,
                )
                for n in range(3)
            ],
        ),
        ("use: back_in_stock", "", [
            Event("order_placed", "c", T0 + n, {"order": f"o{n}", "items": [
                {"product": f"p{n}-{m}"} for m in range(100)]}, None)
            for n in range(20)
        ]),
        (
            "when: {followed: {first: product_viewed, by: searched, within: 1s}}",
            "",
            views(100) + [Event("searched", "c", T0 + 10**7 + n, {}, None) for n in range(100)],
        ),
        ("when: {did: product_viewed}", "per: brand,", [
            Event("product_viewed", "c", T0 + n, {"product": "p", "brand": f"{n}{LONG[:n]}"}, None)
            for n in range(400)
        ]),
    ],
)  # fmt: skip
def test_a_state_is_bounded_as_it_is_told(condition: str, per: str, events: list[Event]) -> None:
    rules = rules_of(condition, per=per)
    log = remembered(rules, events)
    assert [value for _, value in contacts(log)]
    check(rules, log)


def test_a_key_of_more_bytes_than_an_id_is_none() -> None:
    rules = rules_of("when: {did: product_viewed}", per="per: brand,")
    brands = ["é" * 128, "é" * 128 + "x"]
    events = [
        Event("product_viewed", "c", T0, {"product": "p", "brand": brand}) for brand in brands
    ]
    ((contact, _),) = contacts(remembered(rules, events))
    assert list(contact.keys[0]) == brands[:1]


def test_a_simulated_shop_is_within_the_bounds_and_typical_of_it() -> None:
    rules = parse_rules(RULES)
    partition, log = Partition(rules), Log()
    for number, record in enumerate(records(), start=1):
        partition.apply(record, None)
        if number % 100 == 0:
            commit(partition, log)
            check(rules, log)
    found = explain(rules)
    sizes = [len(value) for _, value in contacts(log)]
    assert found.typical / 3 < sum(sizes) / len(sizes) < 3 * found.typical


@pytest.mark.parametrize(
    ("condition", "events"),
    [
        ("when: {did: product_viewed, at_least: 5}", views(5)),
        ("when: {idle: product_viewed, for: 1h}", views(5)),
        (
            "when: {aggregate: sum, of: price, over: product_viewed, within: 1d, gt: 1}",
            views(5, price=199),
        ),
        (
            "when: {aggregate: distinct, of: product, over: product_viewed, within: 1d, gt: 1}",
            views(5),
        ),
        (
            "when: {attribute: country, eq: PL}",
            [Event("contact_updated", "c", T0, {"country": "Poland"}, "e")],
        ),
        (
            "when: {cart: {}}",
            [
                Event("cart_item_added", "c", T0 + n, {"product": f"prod-{n}", "price": 10}, f"{n}")
                for n in range(2)
            ],
        ),
        (
            "when: {followed: {first: product_viewed, by: searched, within: 1s}}",
            [*views(2), Event("searched", "c", T0 + 10**7, {}, "s")],
        ),
    ],
)
def test_what_is_called_typical_is_near(condition: str, events: list[Event]) -> None:
    rules = rules_of(condition)
    ((contact, value),) = contacts(remembered(rules, events))
    (feature,) = rules.contact.features
    size = len(_encode(contact.features[0]))
    assert feature.memory.typical / 2 <= size <= 2 * feature.memory.typical
    found = explain(rules)
    assert found.typical / 3 <= len(value) <= 3 * found.typical  # it has fewer ids


def test_everything_of_every_template_and_condition_is_explained() -> None:
    texts = [
        f"{{name: {name}, use: {name}, with: {one.example}}}" for name, one in templates().items()
    ]
    texts += [
        f"{{name: s{n}, when: {spec.example}, {'per: product,' if spec.per_product else ''}}}"
        for n, spec in enumerate(condition_specs().values())
        if spec.word not in ("in_segment", "product")
    ]
    value = flow(example_value())
    rules = parse_rules(f"version: 1\nvalue: {value}\nsegments: [{', '.join(texts)}]")
    found = explain(rules)
    by_number = {one.number: one for one in found.remembered}
    for explained, segment in zip(found.segments, rules.segments, strict=True):
        assert len(explained.needs) == len(segment.columns) + len(segment.key_columns)
        for number in explained.needs:
            assert explained.name in by_number[number].segments
    assert all(one.segments for one in found.remembered)
    for memory in [one.memory for one in found.remembered] + [one.memory for one in found.keys]:
        assert memory.what
        assert memory.until
        assert 0 < memory.typical <= memory.most
    text = "\n".join(explanation_lines(found))
    assert all(one.name in text for one in rules.segments)


def test_what_is_shared_is_told_once_with_who_shares_it() -> None:
    rules = parse_rules("""
version: 1
segments:
  - {name: a, when: {did: searched, at_least: 2}}
  - {name: b, when: {did: searched, at_least: 9}}
  - {name: c, when: {attribute: country, eq: PL}}
""")
    found = explain(rules)
    assert [one.segments for one in found.remembered] == [["a", "b"], ["c"]]
    lines = explanation_lines(found)
    told = [line for line in lines if "the last 9 happened" in line]
    assert told == ["  - [1] for a, b: of `searched`: when the last 9 happened"]
