"""The topics as KafkaTopics, and who may do what as KafkaUsers, for the Strimzi operator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from streamseg.topics.catalogue import Catalogue, Topic

_VERSION: Final = "kafka.strimzi.io/v1"
_READ_WRITE: Final = ["Read", "Write"]  # what it tells is read where it is asked for the past
_WORKER: Final = {"in": ["Read"], "out": _READ_WRITE, "own": _READ_WRITE}


def strimzi(catalogue: Catalogue, cluster: str, app_id: str) -> list[dict[str, Any]]:
    """All resources, for the Kafka that Strimzi knows as `cluster`.

    `app_id` is STREAMSEG_APP_ID: the workers' group, and the beginning of transactional ids.
    """
    return [
        *(_topic(topic, cluster) for topic in catalogue.topics),
        _user("streamseg-worker", cluster, worker_rights(catalogue, app_id)),
        _user("streamseg-shop", cluster, shop_rights(catalogue)),
    ]


def worker_rights(catalogue: Catalogue, app_id: str) -> list[dict[str, Any]]:
    """What a worker has to be allowed, as Strimzi writes it."""
    topics = [  # it checks the settings of its state, and tells for how long others keep records
        _right("topic", topic.name, [*_WORKER[topic.flow], "Describe", "DescribeConfigs"])
        for topic in catalogue.topics
    ]
    signals = catalogue["signals"].name  # it deletes what it has read: mail is personal
    return [
        *topics,
        _right("topic", signals, ["Delete"]),
        _right("group", app_id, ["Read", "Describe"]),
        _right("transactionalId", f"{app_id}-", ["Describe", "Write"], pattern="prefix"),
        {"resource": {"type": "cluster"}, "operations": ["DescribeConfigs"]},
    ]


def shop_rights(catalogue: Catalogue) -> list[dict[str, Any]]:
    """What has to be allowed to who sends events; `streamseg produce` writes dead letters, too."""
    return [
        _right("topic", topic.name, ["Write", "Describe"])
        for topic in catalogue.topics
        if topic.flow == "in" or topic.short == "dlq"
    ]


def _right(kind: str, name: str, operations: list[str], pattern: str = "literal") -> dict[str, Any]:
    return {
        "resource": {"type": kind, "name": name, "patternType": pattern},
        "operations": operations,
    }


def _topic(topic: Topic, cluster: str) -> dict[str, Any]:
    return {
        **_head("KafkaTopic", topic.name.lower().replace("_", "-"), cluster),
        "spec": {
            "topicName": topic.name,
            "partitions": topic.partitions,
            "replicas": topic.replication,
            "config": {name: _plain(value) for name, value in topic.settings.items()},
        },
    }


def _user(name: str, cluster: str, rights: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        **_head("KafkaUser", name, cluster),
        "spec": {
            "authentication": {"type": "scram-sha-512"},
            "authorization": {"type": "simple", "acls": rights},
        },
    }


def _head(kind: str, name: str, cluster: str) -> dict[str, Any]:
    labels = {"strimzi.io/cluster": cluster}
    return {"apiVersion": _VERSION, "kind": kind, "metadata": {"name": name, "labels": labels}}


def _plain(value: str) -> int | float | str:
    """A setting as YAML writes it: numbers without quotes."""
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return value
