"""A simulated shop as records of one partition, and what the engine tells of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from typing import Any

from streamseg.core.events import Event, ProductEvent
from streamseg.core.messages.outcomes import ProductChange
from streamseg.core.partition import Partition
from streamseg.core.products.catalog import Catalog
from streamseg.formats.canonical import decode
from streamseg.formats.outbound import encode_value
from streamseg.formats.signals import decode_change, encode_change
from streamseg.rules import parse_rules
from streamseg.simulate import ShopPlan, encode_line, simulate

RULES = """
version: 1
segments:
  - {name: cart_left, use: abandoned_cart, with: {after: [1m, 5m]}, membership: true}
  - {name: back, use: back_in_stock, with: {by: [viewed, cart]}, membership: true}
  - {name: held, use: back_in_stock, with: {while: any, hold: 30s}}
  - {name: quiet, use: inactivity, with: {after: 3m}, trigger: {cooldown: 10m}}
  - {name: cheap, per: product, when: {product: {price_drop: {gte: 5%}}}, trigger: {}}
  - {name: eager, when: {all: [{in_segment: quiet}, {did: product_viewed, at_least: 3}]},
     trigger: {}}
"""

Record = Event | ProductChange
Log = dict[bytes, bytes]  # a compacted changelog


@cache
def lines(events: int = 3000, seed: int = 11) -> tuple[bytes, ...]:
    """The shop's events, few contacts and products, so that much happens to each."""
    plan = ShopPlan(seed=seed, contacts=60, products=12, outage_s=60.0)
    return tuple(encode_line(event) for event in simulate(plan, events=events))


def records(events: int = 3000) -> list[Record]:
    """The same as a partition gets them: product events have been through the catalog."""
    catalog = Catalog()
    got: list[Record] = []
    for line in lines(events):
        record = decode(line)
        if isinstance(record, ProductEvent):
            catalog.apply(record, None)
            got += [decode_change(encode_change(change)) for change in catalog.take().outcomes]
        else:
            got.append(record)
    return got


def commit(partition: Partition, log: Log) -> list[bytes]:
    """Take and install a batch, keep its changelog; the messages."""
    batch = partition.take()
    keep(batch.changes, log)
    partition.install()
    return [encode_value(outcome) for outcome in batch.outcomes]


def keep(changes: Iterable[tuple[bytes, bytes | None]], log: Log) -> None:
    """Add records to a compacted changelog."""
    for key, value in changes:
        if value is None:
            log.pop(key, None)
        else:
            log[key] = value


def restored(log: Log, rules: str = RULES, **options: Any) -> Partition:
    """A partition from its changelog."""
    partition = Partition(parse_rules(rules), **options)
    for key, value in log.items():
        partition.load(key, value)
    partition.ready()
    return partition


def told(batch_size: int, **options: Any) -> list[bytes]:
    """All messages of the shop, with a commit after each so many records."""
    partition, log = restored({}, **options), Log()
    messages: list[bytes] = []
    for number, record in enumerate(records(), start=1):
        partition.apply(record, None)
        if number % batch_size == 0:
            messages += commit(partition, log)
    partition.advance(partition.now + 3_600_000, None)
    return messages + commit(partition, log)


def ids(messages: list[bytes]) -> list[tuple[str, ...]]:
    """What is told, apart from the instant at which it is."""
    documents = [json.loads(message) for message in messages]
    return sorted((one["id"], one["type"], one["entered_at"]) for one in documents)
