"""The examples of every topic are valid by its schemas, and the schemas refuse what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from streamseg.core.errors import Refused
from streamseg.core.vocabulary import CONTACT_SHAPES, PRODUCT_SHAPES
from streamseg.formats.canonical import decode_event, decode_product
from streamseg.kafka.partitioning import check_partition
from streamseg.topics import data_dir, load_catalogue, load_schema

CATALOGUE = load_catalogue()
EXAMPLES = Path(__file__).parents[2] / "topics" / "examples"
SCHEMAS = sorted(path.name for path in (data_dir() / "schemas").iterdir())


def examples(short: str) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = json.loads((EXAMPLES / f"{short}.json").read_text("utf-8"))
    return records


def cases() -> list[Any]:
    return [
        pytest.param(topic, record, id=f"{topic.short}-{number}")
        for topic in CATALOGUE.topics
        if topic.value_schema or topic.header_schema
        for number, record in enumerate(examples(topic.short))
    ]


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(load_schema(name))


def test_every_schema_is_the_schema_of_a_topic() -> None:
    used = {topic.value_schema for topic in CATALOGUE.topics}
    used |= {topic.header_schema for topic in CATALOGUE.topics}
    assert used - {None} == set(SCHEMAS)


@pytest.mark.parametrize(("topic", "record"), cases())
def test_an_example_is_valid(topic: Any, record: dict[str, Any]) -> None:
    if topic.value_schema:
        Draft202012Validator(load_schema(topic.value_schema)).validate(record["value"])
    if topic.header_schema:
        Draft202012Validator(load_schema(topic.header_schema)).validate(record["headers"])


@pytest.mark.parametrize("record", examples("events"))
def test_the_decoder_takes_the_example_of_an_event(record: dict[str, Any]) -> None:
    event = decode_event(json.dumps(record["value"]).encode(), record["key"].encode())
    assert event.type == record["value"]["type"]


@pytest.mark.parametrize("record", examples("products"))
def test_the_decoder_takes_the_example_of_a_product_event(record: dict[str, Any]) -> None:
    event = decode_product(json.dumps(record["value"]).encode(), record["key"].encode())
    assert event.product == record["key"]


def test_every_known_type_has_an_example() -> None:
    assert set(CONTACT_SHAPES) <= {record["value"]["type"] for record in examples("events")}
    assert set(PRODUCT_SHAPES) == {record["value"]["type"] for record in examples("products")}


@pytest.mark.parametrize("record", examples("dlq"))
def test_the_decoder_refuses_a_dead_letter_with_its_code(record: dict[str, Any]) -> None:
    headers = record["headers"]
    products = headers["streamseg.error.topic"] == "streamseg.products"
    with pytest.raises(Refused) as refused:
        _take(record, "products" if products else "events")
    assert refused.value.code == headers["streamseg.error.code"]


def _take(record: dict[str, Any], topic: str) -> None:
    """What a worker does with the record of a dead letter."""
    key, value = record["key"].encode(), record["value"].encode()
    (decode_product if topic == "products" else decode_event)(value, key)
    place = int(record["headers"]["streamseg.error.partition"])
    check_partition(key, place, CATALOGUE[topic].partitions)


# What only the bytes or the record's key can tell is beyond a schema of values.
@pytest.mark.parametrize(
    "record",
    [
        record
        for record in examples("dlq")
        if record["headers"]["streamseg.error.code"]
        not in {"not_json", "key_mismatch", "wrong_partition"}
    ],
)
def test_the_schema_refuses_a_dead_letter(record: dict[str, Any]) -> None:
    topic = record["headers"]["streamseg.error.topic"].removeprefix("streamseg.")
    schema = load_schema(CATALOGUE[topic].value_schema or "")
    assert not Draft202012Validator(schema).is_valid(json.loads(record["value"]))


@pytest.mark.parametrize("kind", [*CONTACT_SHAPES, *PRODUCT_SHAPES])
def test_schema_and_decoder_want_the_same_fields(kind: str) -> None:
    """Without data, both refuse a type that must have a field, and take one that need not."""
    of_product = kind in PRODUCT_SHAPES
    subject = "product" if of_product else "contact"
    value = {"type": kind, subject: "x-1", "time": 100_000_000_000}
    schema = load_schema("product-event.schema.json" if of_product else "event.schema.json")
    needs = bool({**CONTACT_SHAPES, **PRODUCT_SHAPES}[kind].required)
    assert Draft202012Validator(schema).is_valid(value) is not needs
