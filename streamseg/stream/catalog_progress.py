"""Waiting for the catalog before a partition's first events.

A contact's segments depend on product facts. In a backlog the events could be drained before the
catalog has told what was sold out then. So the first events of a partition wait until the catalog
processors, wherever they run, have reached the ends that the products' partitions had when this
worker got the partition; and then the partition reads all signals written until then.
"""

from __future__ import annotations

import asyncio
import logging
from time import monotonic
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiokafka import TopicPartition

    from streamseg.kafka.cluster import Cluster
    from streamseg.stream.log_ends import LogEnds

log = logging.getLogger(__name__)

POLL_SECONDS: Final = 0.2
TELL_SECONDS: Final = 10.0


async def wait_for_catalog(
    ends: LogEnds, cluster: Cluster, group: str, products: Iterable[TopicPartition]
) -> None:
    """Return when the group has committed the present end of every partition of products.

    Raises KafkaError.
    """
    tps = list(products)
    first = await ends.first(tps)
    target = {tp: end for tp, end in (await ends.stable(tps)).items() if end > first[tp]}
    told = monotonic()
    while target:
        committed = await cluster.group_offsets(group, target)
        target = {
            tp: end
            for tp, end in target.items()
            if tp not in committed or committed[tp].offset < end
        }
        if not target:
            break
        if monotonic() - told >= TELL_SECONDS:
            told = monotonic()
            behind = sum(
                end - (committed[tp].offset if tp in committed else first[tp])
                for tp, end in target.items()
            )
            log.info(
                "Events wait for the catalog: about %d records in %d partitions of %s to go",
                behind, len(target), next(iter(target)).topic,
            )  # fmt: skip
        await asyncio.sleep(POLL_SECONDS)
