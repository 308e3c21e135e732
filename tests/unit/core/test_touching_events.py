"""Ids of features tell which events touch the keys of a group."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamseg.core.features.instants import Instants
from streamseg.core.features.interest import Interest
from streamseg.core.features.sequels import FollowedEvents
from streamseg.core.features.values import DistinctValues, Values
from streamseg.core.rule_change.touching_events import touching_columns
from streamseg.core.segments.key_groups import KeyGroup
from streamseg.rules import parse_rules

WAYS = """
version: 1
segments:
  - {name: s, per: product, when: {any: [
      {idle: any, for: 1d},
      {did: product_viewed, where: {note: {prefix: "a') window=5"}}},
      {aggregate: sum, of: price, over: product_viewed, gte: 5},
      {aggregate: distinct, of: price, over: product_viewed, within: 1d, gte: 5},
      {followed: {first: product_viewed, by: searched, within: 1h}},
      {interest: {by: [viewed, cart], within: 1d}},
      {product: {price_drop: {gte: 5%}}}]}}
"""
NAMES = {"instants", "latest", "values", "distinct", "followed", "interest", "last_interest"}
ALL_KINDS = Path(__file__).parents[2] / "property" / "all_kinds.yaml"
VIEWS = Instants(("product_viewed",), None, 1, None).id


def _groups(text: str) -> list[KeyGroup]:
    return parse_rules(text).key_groups


def test_the_ids_of_all_features_of_keys_tell_their_events() -> None:
    groups = [group for text in (WAYS, ALL_KINDS.read_text()) for group in _groups(text)]
    features = [feature for group in groups for feature in group.columns.features]
    assert {feature.column_key[0] for feature in features} == NAMES
    for group in groups:
        ids = [feature.id for feature in group.columns.features]
        assert touching_columns(ids, ids) == frozenset(range(len(ids)))


@pytest.mark.parametrize(
    ("former", "now", "is_covered"),
    [
        (Values("sum", "price", ("product_viewed",), None, None).id, VIEWS, True),
        (VIEWS, DistinctValues("price", ("product_viewed",), None, 5).id, True),
        (VIEWS, Instants(None, None, 1, None).id, True),
        (
            Instants(("message_sent",), None, 1, None).id,
            Instants(None, None, 1, None).id,
            False,
        ),
        (Instants(None, None, 1, None).id, VIEWS, False),
        (Interest(("viewed",)).id, VIEWS, True),
        (Interest(("cart",)).id, Interest(("viewed", "cart")).id, True),
        (Instants(("cart_updated",), None, 1, None).id, Interest(("cart",)).id, False),
        (FollowedEvents(("product_viewed",), ("searched",), 5).id, VIEWS, False),
        (VIEWS, FollowedEvents(None, ("message_sent",), 5).id, True),
        ("of another version", "of another version", False),
        ("", VIEWS, False),
    ],
)
def test_events_are_covered_by_the_same_or_by_more(former: str, now: str, is_covered: bool) -> None:
    assert touching_columns([former], [now]) == frozenset([0] if is_covered else [])
