"""What the engine really tells is valid by the schemas of the topics that it goes to."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from streamseg.core.events import ProductEvent
from streamseg.core.products.catalog import Catalog
from streamseg.formats.canonical import decode
from streamseg.formats.signals import decode_change, encode_change
from streamseg.simulate import ShopPlan, encode_line, simulate
from streamseg.topics import load_schema
from tests.replaying import ReplayResult, run_replay

RULES = """
version: 1
segments:
  - name: cart_left
    use: abandoned_cart
    with: {after: [1m, 5m]}
    membership: true
    trigger: {cooldown: 1h}
  - {name: back, use: back_in_stock, membership: true}
  - {name: quiet, use: inactivity, with: {after: 10m}, trigger: {limit: 1}}
  - {name: found, on: searched}
  - {name: fans, per: category, when: {did: product_viewed, at_least: 2}, trigger: {}}
"""


@cache
def shop() -> ReplayResult:
    """A simulated shop, with every hundredth event an hour late."""
    lines = [encode_line(event) for event in simulate(ShopPlan(seed=5), events=4000)]
    late = [lines.pop(index) for index in range(len(lines) - 1, 0, -100)]
    time = json.loads(lines[-1])["time"]
    people = sorted({json.loads(line).get("contact", "") for line in lines} - {""})
    keeper, source, erased, *_ = people
    refused = [people[3]] * 257
    late += [
        json.dumps({"type": kind, "contact": contact, "time": time, "data": {"from": source}})
        for kind, contact in [("contact_merged", keeper), ("contact_erased", erased)]
    ]
    late += [
        json.dumps(
            {"type": "contact_merged", "contact": one, "time": time, "data": {"from": f"g{number}"}}
        )
        for number, one in enumerate(refused)
    ]
    return run_replay(RULES, lines + late)


@pytest.mark.parametrize("stream", ["triggers", "decisions", "membership"])
def test_every_message_is_valid_by_its_schema(stream: str) -> None:
    name = {"triggers": "trigger", "decisions": "decision"}.get(stream, stream)
    validator = Draft202012Validator(load_schema(f"{name}.schema.json"))
    messages: list[dict[str, Any]] = getattr(shop(), stream)
    assert messages
    for message in messages:
        validator.validate(message)


def test_every_kind_of_message_was_among_them() -> None:
    result = shop()
    kinds = {one["type"] for one in result.triggers + result.decisions + result.membership}
    assert kinds == {
        "trigger.fired",
        "trigger.cancelled",
        "trigger.suppressed",
        "segment.entered",
        "contact.merged",
        "contact.merge_refused",
        "contact.erased",
        "segment.exited",
    }


def test_a_change_of_a_product_is_valid_and_comes_back_as_it_was() -> None:
    validator = Draft202012Validator(load_schema("signal.schema.json"))
    catalog = Catalog()
    for event in simulate(ShopPlan(seed=5), events=4000):
        record = decode(encode_line(event))
        if isinstance(record, ProductEvent):
            catalog.apply(record, None)
    changes = catalog.take().outcomes
    assert changes
    for change in changes:
        value = encode_change(change)
        validator.validate(json.loads(value))
        assert decode_change(value) == change
