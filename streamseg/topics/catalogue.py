"""The catalogue of topics, read from `topics.yaml`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

import yaml

from streamseg.topics.errors import TopicsError

Flow = Literal["in", "out", "own"]  # read, written, or both and by nobody else

MAX_PARTITIONS = 10_000
# The topics whose partitions follow --partitions: those that hold or feed the state of contacts.
CONTACTS_GROUP = "contacts"


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic as it should be. `short` is its name without the prefix."""

    short: str
    name: str
    purpose: str
    flow: Flow
    key: str
    value_schema: str | None
    header_schema: str | None
    group: str | None  # topics of a group have the same number of partitions
    partitions: int
    replication: int
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All topics, in the order of the file."""

    prefix: str
    topics: tuple[Topic, ...]

    def __getitem__(self, short: str) -> Topic:
        """The topic with this short name. Raises KeyError."""
        for topic in self.topics:
            if topic.short == short:
                return topic
        raise KeyError(short)

    def with_partitions(self, count: int) -> Catalogue:
        """The same with `count` partitions for events, signals and changelog together."""
        if not 1 <= count <= MAX_PARTITIONS:
            raise TopicsError(f"{count} partitions: must be 1 to {MAX_PARTITIONS}")
        return replace(
            self,
            topics=tuple(
                replace(topic, partitions=count) if topic.group == CONTACTS_GROUP else topic
                for topic in self.topics
            ),
        )

    def with_replication(self, factor: int) -> Catalogue:
        """The same with `factor` replicas of every topic that is created."""
        if factor < 1:
            raise TopicsError(f"a replication factor of {factor}: must be at least 1")
        return replace(
            self, topics=tuple(replace(topic, replication=factor) for topic in self.topics)
        )


def data_dir() -> Path:
    """The folder of `topics.yaml` and `schemas/`: in a checkout its own, else the package's."""
    checkout = Path(__file__).parents[2] / "topics"
    return checkout if (checkout / "topics.yaml").is_file() else Path(__file__).parent / "data"


def load_catalogue(prefix: str | None = None) -> Catalogue:
    """Reads the catalogue; `prefix` replaces the file's. Raises TopicsError."""
    path = data_dir() / "topics.yaml"
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        return _catalogue(document, document["prefix"] if prefix is None else prefix)
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise TopicsError(f"{path}: {error!r}") from error


@cache
def load_schema(file_name: str) -> dict[str, Any]:
    """One of the JSON Schemas, by its file's name."""
    text = (data_dir() / "schemas" / file_name).read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def _catalogue(document: Mapping[str, Any], prefix: str) -> Catalogue:
    topics = tuple(_topic(entry, prefix) for entry in document["topics"])
    counts: dict[str, int] = {}
    for topic in topics:
        if topic.group and counts.setdefault(topic.group, topic.partitions) != topic.partitions:
            raise ValueError(f"the topics of group {topic.group} have different partition counts")
    return Catalogue(prefix, topics)


def _topic(entry: Mapping[str, Any], prefix: str) -> Topic:
    return Topic(
        short=entry["name"],
        name=prefix + entry["name"],
        purpose=entry["purpose"],
        flow=_flow(entry["flow"]),
        key=entry["key"],
        value_schema=entry["value"],
        header_schema=entry.get("headers"),
        group=entry.get("group"),
        partitions=int(entry["partitions"]),
        replication=int(entry["replication"]),
        settings=MappingProxyType({k: str(v) for k, v in entry["settings"].items()}),
    )


def _flow(value: str) -> Flow:
    known: tuple[Flow, ...] = get_args(Flow)
    for flow in known:
        if value == flow:
            return flow
    raise ValueError(f"flow: {value} is none of {', '.join(known)}")
