"""What `topics export` writes is the catalogue, and complete in itself."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from streamseg.cli.main import app
from streamseg.topics import Topic, load_catalogue

CATALOGUE = load_catalogue()


def exported(*arguments: str) -> list[dict[str, Any]]:
    done = CliRunner().invoke(app, ["topics", "export", *arguments])
    assert done.exit_code == 0, done.output
    return list(yaml.safe_load_all(done.output))


@pytest.mark.parametrize("topic", CATALOGUE.topics, ids=lambda topic: topic.short)
def test_each_topic_is_a_kafka_topic_with_the_same_settings(topic: Topic) -> None:
    specs = [each["spec"] for each in exported("strimzi") if each["kind"] == "KafkaTopic"]
    (spec,) = [spec for spec in specs if spec["topicName"] == topic.name]
    assert (spec["partitions"], spec["replicas"]) == (topic.partitions, topic.replication)
    assert {name: str(value) for name, value in spec["config"].items()} == topic.settings


def test_options_reach_what_is_written() -> None:
    resources = exported(
        "strimzi", "--partitions=16", "--replication=3", "--prefix=Shop_1.", "--cluster=main"
    )
    events = resources[0]
    assert events["metadata"] == {
        "name": "shop-1.events",
        "labels": {"strimzi.io/cluster": "main"},
    }
    assert events["spec"]["topicName"] == "Shop_1.events"
    assert (events["spec"]["partitions"], events["spec"]["replicas"]) == (16, 3)


def test_asyncapi_tells_which_way_events_go() -> None:
    (document,) = exported("asyncapi")
    ways = {name: operation["action"] for name, operation in document["operations"].items()}
    assert ways == {
        "events": "receive", "products": "receive",
        "triggers": "send", "membership": "send", "decisions": "send",
        "erasures": "send", "stats": "send", "alerts": "send",
        "tables": "send", "dlq": "send",
    }  # fmt: skip


def test_every_reference_of_asyncapi_leads_somewhere() -> None:
    (document,) = exported("asyncapi")

    def references(part: Any) -> list[str]:
        if isinstance(part, list):
            return [found for each in part for found in references(each)]
        if not isinstance(part, dict):
            return []
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [found for each in part.values() for found in references(each)]

    found = references(document)
    assert len(found) > 20
    for reference in found:
        place: Any = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def test_a_schema_in_asyncapi_takes_and_refuses_what_it_does_alone() -> None:
    (document,) = exported("asyncapi")
    event = {
        "$ref": "#/components/schemas/event/schema",
        "components": document["components"],
    }
    validator = Draft202012Validator(event)
    view = {"id": "1", "type": "product_viewed", "contact": "ann", "time": 1795255200000}
    assert validator.is_valid({**view, "data": {"product": "bag"}})
    assert not validator.is_valid({**view, "data": {}})
