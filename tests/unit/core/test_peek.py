"""A look at a contact sees what is committed, and nothing of what is under way."""

from __future__ import annotations

import json
from typing import Any

import pytest

from streamseg.core.compiled import IS_COMPILED
from streamseg.core.conditions.base import Condition
from streamseg.core.contacts.slots import is_inside
from streamseg.core.messages.outcomes import ProductChange
from streamseg.core.partition import Partition
from streamseg.core.peek import Peek
from streamseg.formats.canonical import decode
from streamseg.rules import parse_rules

T0 = 1_795_255_200_000
HOUR = 3_600_000
RULES = "version: 1\nsegments:\n- {name: left, use: abandoned_cart}\n"


def event(at: int, **fields: Any) -> Any:
    record = {"type": "cart_item_added", "contact": "ann", "time": at, "data": {"product": "p"}}
    return decode(json.dumps(record | fields).encode())


def is_in(peek: Peek | None) -> bool:
    assert peek is not None
    return is_inside(peek.membership(peek.rules.segments[0], None, 0).slot)


def committed(partition: Partition) -> dict[bytes, bytes]:
    changes = partition.take().changes
    log = {key: value for key, value in changes if value is not None}
    partition.install()
    return log


def test_f28_what_is_not_committed_is_not_seen() -> None:
    partition = Partition(parse_rules(RULES))
    partition.ready()
    partition.apply(event(T0), None)
    assert partition.peek("ann", T0) is None  # applied
    partition.take()
    assert partition.peek("ann", T0) is None  # taken: a transaction is in flight
    partition.install()
    assert partition.peek("ann", T0) is not None
    partition.apply(event(T0 + HOUR // 2, type="order_placed", data={"order": "o"}), None)
    assert is_in(partition.peek("ann", T0 + HOUR))  # as if the order had not come
    partition.take()
    assert is_in(partition.peek("ann", T0 + HOUR))
    partition.rollback()
    assert is_in(partition.peek("ann", T0 + HOUR))


def test_time_goes_on_for_the_copy_alone() -> None:
    partition = Partition(parse_rules(RULES))
    partition.ready()
    partition.apply(event(T0), None)
    committed(partition)
    assert not is_in(partition.peek("ann", T0 + HOUR - 1))
    assert is_in(partition.peek("ann", T0 + HOUR))
    assert not is_in(partition.peek("ann", T0 + 11 * 24 * HOUR))
    partition.advance(T0 + HOUR, None)
    assert [one.type for one in partition.take().outcomes] == ["trigger.fired"]


def test_f24_a_contact_of_former_rules_is_brought_over_first() -> None:
    before = Partition(parse_rules(RULES))
    before.ready()
    before.apply(event(T0), None)
    log = committed(before)
    rules = "version: 1\nsegments:\n- {name: quick, use: abandoned_cart, with: {after: 10m}}\n"
    after = Partition(parse_rules(rules), slice_size=10)
    for key, value in log.items():
        after.load(key, value)
    after.ready()
    assert is_in(after.peek("ann", T0 + HOUR))
    assert not after.take().outcomes


def test_who_has_no_state_is_not_there() -> None:
    partition = Partition(parse_rules(RULES))
    partition.ready()
    assert partition.peek("nobody", T0) is None


@pytest.mark.skipif(IS_COMPILED, reason="compiled classes do not tell what instances begin with")
def test_every_condition_says_what_it_asks_and_its_why_comes_of_the_explanation() -> None:
    import streamseg.rules.loading  # noqa: F401 - imports all conditions

    kinds = [Condition]
    for kind in kinds:
        kinds += [one for one in kind.__subclasses__() if one not in kinds]
    for kind in kinds[1:]:
        is_logic = kind.__name__ in ("All", "AnyOf", "Not")
        assert is_logic or "why" not in vars(kind), f"{kind.__name__}: give `words`, not `why`"
        if kind.word:
            assert kind.asks is not Condition.asks, f"{kind.__name__} says not what it asks"
        else:
            assert kind.words is Condition.words or kind.__name__ == "_Combined", kind.__name__


def test_interest_of_an_episode_whose_trigger_had_to_wait_is_seen() -> None:
    """The hat is back at night, when nothing is sent, and then sold out again for an hour."""
    rules = parse_rules("""\
version: 1
policies: {zone: {default: UTC}, quiet: {from: 22:00, to: 08:00}}
segments: [{name: back, use: back_in_stock, policy: {}}]
""")
    partition = Partition(rules)
    partition.ready()
    changes = [
        ProductChange("hat", at, version, stock=stock, stock_time=at)
        for version, (at, stock) in enumerate(
            [(T0 - HOUR, 0), (T0 + 13 * HOUR, 5), (T0 + 14 * HOUR, 0), (T0 + 15 * HOUR, 5)], start=1
        )
    ]
    viewed = event(T0, type="product_viewed", data={"product": "hat"})
    for record in [changes[0], viewed, *changes[1:]]:
        partition.apply(record, None)
    committed(partition)
    peek = partition.peek("ann", T0 + 16 * HOUR)
    assert peek is not None
    segment = peek.rules.segments[0]
    assert is_inside(peek.membership(segment, "hat", 0).slot)
    ctx, part = peek.explain(segment, "hat", 0)
    assert part.truth is True
    assert part.condition.saw(ctx, peek.instant)["interest_at"] == T0
