"""Which worker has which partition, and where its API answers.

Every member puts its address into its subscription's user data, and the coordinator knows which
member has which partitions. It is asked when something is not known, at most once a second. A
member that restarts under another address needs no rebalance for that: Kafka takes its subscription
at once.
"""

from __future__ import annotations

import asyncio
import logging
from time import monotonic
from typing import TYPE_CHECKING, Final

from aiokafka.errors import KafkaError

from streamseg.stream.assignor import url_of
from streamseg.web.access import is_of_one_host

if TYPE_CHECKING:
    from streamseg.kafka.cluster import Cluster

log = logging.getLogger(__name__)

ASK_SECONDS: Final = 1.0
KNOWN_SECONDS: Final = 30.0


class Directory:
    """The members of a group; ``topic`` is that of the events, ``url`` what they are told of this
    one.
    """

    def __init__(self, cluster: Cluster, group: str, topic: str, url: str | None) -> None:
        self._cluster = cluster
        self._group = group
        self._topic = topic
        self._url = url
        self._partitions: dict[str, list[int]] = {}  # by address
        self._asked_at = -KNOWN_SECONDS
        self._told_of: list[str] = []  # hosts
        self._checking: asyncio.Task[None] | None = None

    def forget(self) -> None:
        """Forget what is known, as there is another assignment."""
        self._partitions = {}
        self.stop()
        self._checking = asyncio.create_task(self.check_reach())

    def stop(self) -> None:
        """End what goes on beside."""
        if self._checking is not None:
            self._checking.cancel()

    async def owner(self, partition: int, *, anew: bool = False) -> str | None:
        """The address of the member that has a partition; None where no member says so."""
        await self._look(anew or not self._partitions)
        for url, partitions in self._partitions.items():
            if partition in partitions:
                return url
        return None

    async def members(self) -> dict[str, int]:
        """The addresses of the members, and how many partitions of events each has."""
        await self._look(not self._partitions)
        return {url: len(partitions) for url, partitions in self._partitions.items()}

    async def check_reach(self) -> None:
        """Tell where members on other hosts cannot reach this one."""
        url = self._url
        if url is None or not is_of_one_host(url):
            return
        try:
            hosts = sorted({one.host for one in await self._cluster.members(self._group)})
        except KafkaError as error:
            log.info("The members of the group cannot be asked for: %r", error)
            return
        if len(hosts) > 1 and hosts != self._told_of:
            self._told_of = hosts
            log.warning(
                "Workers of this group run on several hosts (%s), and this one tells them that its "
                "API is at %s, which is of its own host only: they cannot pass on questions about "
                "its contacts. Set STREAMSEG_ADVERTISE=host:port to where they reach it",
                ", ".join(hosts), url,
            )  # fmt: skip

    async def _look(self, is_old: bool) -> None:
        age = monotonic() - self._asked_at
        if age < ASK_SECONDS or not (is_old or age > KNOWN_SECONDS):
            return
        self._asked_at = monotonic()
        try:
            members = await self._cluster.members(self._group)
        except KafkaError as error:
            log.info("The members of the group cannot be asked for: %r", error)
            return
        found = {}
        for member in members:
            url = url_of(member.user_data)
            if url is not None:
                found[url] = member.assignment.get(self._topic, [])
        self._partitions = found
