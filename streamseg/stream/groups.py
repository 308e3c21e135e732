"""Finds the groups whose members read some topics as workers, of any application."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING, Final

from streamseg.stream.assignor import CopartitionedAssignor

if TYPE_CHECKING:
    from streamseg.kafka.cluster import Cluster, GroupInfo
    from streamseg.stream.topic_names import TopicNames

REBALANCE_SECONDS: Final = 15.0  # until a group that rebalances tells again what its members read
_AGAIN_SECONDS: Final = 0.5


async def find_workers(cluster: Cluster, topics: TopicNames, own: str) -> dict[str, int]:
    """How many workers of these topics run, by group.

    All members of the group ``own`` count. Of other groups a user sees those that he may describe.
    Raises KafkaError.
    """
    deadline = monotonic() + REBALANCE_SECONDS
    while True:
        names = {own, *await cluster.groups()}
        groups = [await cluster.group(name) for name in sorted(names)]
        unclear = [one for one in groups if one.is_rebalancing and one.name != own]
        if not unclear or monotonic() > deadline:
            break
        await asyncio.sleep(_AGAIN_SECONDS)
    return {
        one.name: one.members
        for one in groups
        if one.members and (one.name == own or _works_on(one, topics))
    }


def _works_on(group: GroupInfo, topics: TopicNames) -> bool:
    return group.protocol == CopartitionedAssignor.name and topics.events in group.topics
