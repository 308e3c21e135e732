"""The retention of topics: for how long they keep a record, by their settings.

    deleted by time   retention.ms + segment.ms + 5 min
    compacted         2 (max.compaction.lag.ms + delete.retention.ms) + 5 min
    signals           1 h, when its worker deletes what is read, + segment.ms + 5 min

A segment of the log is closed `segment.ms` after its first record, and goes when its last one is
old enough; the broker looks every five minutes. Compaction takes two turns: one for the records,
and one, `delete.retention.ms` later, for the tombstone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from aiokafka.errors import TopicAuthorizationFailedError

from streamseg.core.values.timestamps import LATEST_MS

if TYPE_CHECKING:
    from streamseg.kafka.cluster import Cluster
    from streamseg.stream.topic_names import TopicNames

LOOK_MS: Final = 300_000  # log.retention.check.interval.ms, and the cleaner's own time
TRIM_MS: Final = 3_600_000
SETTINGS: Final = (
    "cleanup.policy",
    "retention.ms",
    "segment.ms",
    "max.compaction.lag.ms",
    "delete.retention.ms",
)
OF_CONTACTS: Final = (
    "events", "signals", "changelog", "triggers", "membership", "decisions", "dlq",
)  # fmt: skip
TopicSettings = Mapping[str, str | None]


def retention_ms(topic: str, settings: TopicSettings) -> int | str:
    """For how long (ms) a topic, by its short name, keeps a record that is deleted or superseded;
    or why there is no end to it.
    """
    if "compact" in (settings.get("cleanup.policy") or ""):
        return _sum(settings, ("max.compaction.lag.ms", "delete.retention.ms"), 2)
    if topic == "signals" and settings.get("retention.ms") == "-1":
        found = _sum(settings, ("segment.ms",), 1)
        return found if isinstance(found, str) else found + TRIM_MS
    return _sum(settings, ("retention.ms", "segment.ms"), 1)


def _sum(settings: TopicSettings, names: tuple[str, ...], times: int) -> int | str:
    total = LOOK_MS
    for name in names:
        value = int(settings.get(name) or -1)
        if not 0 <= value < LATEST_MS:
            return f"{name} has no end"
        total += times * value
    return total


async def read_retention(cluster: Cluster, topics: TopicNames) -> dict[str, int | None]:
    """For how long each topic that names contacts keeps a record (ms); None: there is no end.

    Lacks those whose settings this user may not read. Raises KafkaError.
    """
    retention: dict[str, int | None] = {}
    for short in OF_CONTACTS:
        name: str = getattr(topics, short)
        try:
            found = await cluster.topic_settings([name], SETTINGS)
        except TopicAuthorizationFailedError:
            continue
        ms = retention_ms(short, found[name])
        retention[name] = None if isinstance(ms, str) else ms
    return retention
