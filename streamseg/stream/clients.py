"""The Kafka clients of the host, with the settings that its loop is made for."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from streamseg.core.values.zones import DAY_MS
from streamseg.kafka.cluster import Cluster
from streamseg.kafka.header_keys import tolerate_any_header_keys
from streamseg.stream.assignor import CopartitionedAssignor

if TYPE_CHECKING:
    from streamseg.settings import Settings
    from streamseg.stream.topic_names import TopicNames

log = logging.getLogger(__name__)

STOP_SECONDS: Final = 3.0
MIB: Final = 1024 * 1024


def new_producer(settings: Settings, transactional_id: str | None, **others: Any) -> Any:
    """A transactional producer, or without an id an idempotent one; ``others`` are its options."""
    options: dict[str, Any] = {
        "linger_ms": 0,
        "max_batch_size": 900_000,
        "compression_type": "zstd",
        "retry_backoff_ms": 5,
        "request_timeout_ms": settings.request_timeout_ms,
        **settings.connection(),
        **others,
    }
    if transactional_id is None:
        return AIOKafkaProducer(enable_idempotence=True, **options)
    return AIOKafkaProducer(
        transactional_id=transactional_id,
        transaction_timeout_ms=settings.transaction_timeout_ms,
        **options,
    )


def new_member(settings: Settings, topics: TopicNames, url: str | None = None) -> Any:
    """The consumer of the inputs, a member of the group whose API answers at ``url``; not yet
    subscribed.
    """
    tolerate_any_header_keys()
    return AIOKafkaConsumer(
        group_id=settings.app_id,
        group_instance_id=settings.group_instance_id,
        partition_assignment_strategy=(
            CopartitionedAssignor(topics.events, topics.signals, topics.products, url),
        ),
        enable_auto_commit=False,
        auto_offset_reset="none",  # what was deleted before it was read is an error, never skipped
        isolation_level="read_committed",
        fetch_max_wait_ms=100,
        max_partition_fetch_bytes=MIB,
        session_timeout_ms=settings.session_timeout_ms,
        heartbeat_interval_ms=settings.heartbeat_interval_ms,
        max_poll_interval_ms=DAY_MS,  # nothing is polled while everything is being restored
        rebalance_timeout_ms=max(15_000, settings.session_timeout_ms),
        request_timeout_ms=settings.request_timeout_ms + 25_000,  # a join waits for the others
        metadata_max_age_ms=settings.metadata_max_age_ms,
        **settings.connection(),
    )


def new_reader(settings: Settings, *, committed: bool = True) -> Any:
    """A consumer without a group, for changelogs, dead letters and the ends of logs."""
    tolerate_any_header_keys()
    return AIOKafkaConsumer(
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed" if committed else "read_uncommitted",
        fetch_max_wait_ms=100,
        max_partition_fetch_bytes=4 * MIB,
        request_timeout_ms=settings.request_timeout_ms,
        **settings.connection(),
    )


def new_cluster(settings: Settings) -> Cluster:
    """What asks the cluster for all that is neither read nor written."""
    return Cluster(settings.connection(), settings.request_timeout_ms)


async def stop_quietly(client: Any, seconds: float = STOP_SECONDS) -> None:
    """Stop a producer, consumer or cluster, but wait no longer than ``seconds``.

    ``stop()`` may hang while the broker is away, and fails in many ways after fencing.
    """
    stop = client.close if isinstance(client, Cluster) else client.stop
    try:
        await asyncio.wait_for(stop(), seconds)
    except Exception as error:  # noqa: BLE001 - it is being thrown away
        log.debug("%s did not stop cleanly: %r", type(client).__name__, error)
