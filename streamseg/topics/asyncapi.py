"""The topics that others write or read, as an AsyncAPI 3.0 document with their schemas in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import streamseg
from streamseg.topics.catalogue import load_schema

if TYPE_CHECKING:
    from streamseg.topics.catalogue import Catalogue, Topic

_FORMAT: Final = "application/schema+json;version=draft-2020-12"
_BINDING: Final = "0.5.0"  # of Kafka, in AsyncAPI's own counting
_ACTIONS: Final = {"in": "receive", "out": "send"}


def asyncapi(catalogue: Catalogue) -> dict[str, Any]:
    """The document; topics of Streamseg's own are not in it."""
    told = [topic for topic in catalogue.topics if topic.flow in _ACTIONS]
    schemas = {file for topic in told for file in (topic.value_schema, topic.header_schema) if file}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Streamseg",
            "version": streamseg.__version__,
            "description": "Events of contacts and products come in, triggers go out.",
        },
        "defaultContentType": "application/json",
        "channels": {topic.short: _channel(topic) for topic in told},
        "operations": {topic.short: _operation(topic) for topic in told},
        "components": {
            "messages": {topic.short: _message(topic) for topic in told},
            "schemas": {_name(file): _schema(file) for file in sorted(schemas)},
        },
    }


def _typed(value: str) -> int | str:
    return int(value) if value.isdigit() else value


def _channel(topic: Topic) -> dict[str, Any]:
    settings = {
        name: value.split(",") if name == "cleanup.policy" else _typed(value)
        for name, value in topic.settings.items()
    }
    return {
        "address": topic.name,
        "description": topic.purpose,
        "messages": {topic.short: {"$ref": f"#/components/messages/{topic.short}"}},
        "bindings": {
            "kafka": {
                "partitions": topic.partitions,
                "replicas": topic.replication,
                "topicConfiguration": settings,
                "bindingVersion": _BINDING,
            }
        },
    }


def _operation(topic: Topic) -> dict[str, Any]:
    return {
        "action": _ACTIONS[topic.flow],
        "channel": {"$ref": f"#/channels/{topic.short}"},
        "summary": topic.purpose,
    }


def _message(topic: Topic) -> dict[str, Any]:
    key = {"type": "string", "description": topic.key}
    message: dict[str, Any] = {
        "name": topic.short,
        "bindings": {"kafka": {"key": key, "bindingVersion": _BINDING}},
    }
    if topic.header_schema:
        message["headers"] = {"$ref": f"#/components/schemas/{_name(topic.header_schema)}"}
    if topic.value_schema:
        message["payload"] = {"$ref": f"#/components/schemas/{_name(topic.value_schema)}"}
    return message


def _name(file: str) -> str:
    return file.removesuffix(".schema.json")


def _schema(file: str) -> dict[str, Any]:
    """A schema with its references led to where it stands now."""
    root = f"#/components/schemas/{_name(file)}/schema"
    document = {k: v for k, v in load_schema(file).items() if k not in ("$schema", "$id")}
    return {"schemaFormat": _FORMAT, "schema": _moved(document, root)}


def _moved(part: Any, root: str) -> Any:
    if isinstance(part, list):
        return [_moved(each, root) for each in part]
    if not isinstance(part, dict):
        return part
    return {
        name: root + value.removeprefix("#")
        if name == "$ref" and isinstance(value, str)
        else _moved(value, root)
        for name, value in part.items()
    }
