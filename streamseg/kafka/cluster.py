"""Asks a Kafka cluster, and never takes an error for an answer.

aiokafka's admin client hands some errors out as values, and drops others: an OffsetFetch that the
coordinator refuses as a whole is an empty answer there, as if the group had never committed. Here
each error is raised. What passes by itself (a coordinator that moves, metadata that is old) is
asked again until the request's time is up.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, TypeVar

from aiokafka import TopicPartition
from aiokafka.admin.config_resource import ConfigResourceType
from aiokafka.client import AIOKafkaClient
from aiokafka.coordinator.protocol import (
    ConsumerProtocolMemberAssignment,
    ConsumerProtocolMemberMetadata,
)
from aiokafka.errors import (
    GroupCoordinatorNotAvailableError,
    GroupLoadInProgressError,
    KafkaError,
    LeaderNotAvailableError,
    NoError,
    NotCoordinatorForGroupError,
    for_code,
)
from aiokafka.protocol.admin import (
    DeleteRecordsRequest,
    DescribeConfigsRequest,
    DescribeGroupsRequest,
    ListGroupsRequest,
)
from aiokafka.protocol.commit import OffsetFetchRequest
from aiokafka.structs import OffsetAndMetadata

from streamseg.kafka.protocol import NO_ID, TopicsRequest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping

    from aiokafka.protocol.api import Request

T = TypeVar("T")
Client = AIOKafkaClient

RETRY_SECONDS: Final = 0.1
DEFAULT_SECONDS: Final = 15.0
_UNKNOWN_TOPIC: Final = 3
_CONSUMERS: Final = "consumer"
_GROUP: Final = 0  # a type of coordinator
_PASSING: Final = (
    GroupCoordinatorNotAvailableError,
    GroupLoadInProgressError,
    NotCoordinatorForGroupError,
)


@asynccontextmanager
async def connected(
    connection: Mapping[str, Any], request_timeout_ms: int | None = None
) -> AsyncIterator[Cluster]:
    """A cluster for the length of a `with` block. Raises KafkaError."""
    cluster = Cluster(connection, request_timeout_ms)
    try:
        await cluster.start()
        yield cluster
    finally:
        await cluster.close()


@dataclass(frozen=True, slots=True)
class TopicInfo:
    """A topic as the cluster has it.

    `id` changes when a topic of that name is made anew; empty where the broker gives none.
    `leaders` has the node of each partition, by number; -1 while there is none. `replicas` is how
    many each record has.
    """

    name: str
    id: str
    leaders: dict[int, int]
    replicas: int


@dataclass(frozen=True, slots=True)
class MemberInfo:
    """A member of a group: what its subscription told, its partitions by topic, and the address
    that Kafka sees it at.
    """

    user_data: bytes
    assignment: dict[str, list[int]]
    host: str


@dataclass(frozen=True, slots=True)
class GroupInfo:
    """A group of consumers.

    `state` is as `Stable` or `Dead`. `protocol` is the name of the assignor and `topics` are what
    any of the members subscribes to; both are empty while it rebalances.
    """

    name: str
    state: str
    members: int
    protocol: str
    topics: frozenset[str]

    @property
    def is_rebalancing(self) -> bool:
        """Whether it is being agreed who gets what."""
        return self.state in ("PreparingRebalance", "CompletingRebalance")


class Cluster:
    """The cluster behind `connection`, which are aiokafka's client options.

    Every method raises KafkaError for whatever the cluster refuses or does not know.
    """

    def __init__(
        self, connection: Mapping[str, Any], request_timeout_ms: int | None = None
    ) -> None:
        options = dict(connection)
        if request_timeout_ms is not None:
            options["request_timeout_ms"] = request_timeout_ms
        self._seconds = DEFAULT_SECONDS if request_timeout_ms is None else request_timeout_ms / 1000
        self.client = Client(**options)

    async def start(self) -> None:
        """Connect. Raises KafkaError."""
        await self.client.bootstrap()

    async def close(self) -> None:
        """Disconnect."""
        await self.client.close()

    async def topics(self, names: Iterable[str]) -> dict[str, TopicInfo]:
        """Those of `names` that exist. Asking creates none."""
        request = TopicsRequest(sorted(names))
        return await self._retried(lambda: self._topics(request))

    async def _topics(self, request: TopicsRequest) -> dict[str, TopicInfo]:
        response = await self._ask_any(request)
        found = {}
        for topic in response.to_object()["topics"]:
            name = topic["name"]
            if topic["error_code"] == _UNKNOWN_TOPIC:
                continue
            check(topic["error_code"], name)
            found[name] = TopicInfo(
                name,
                _hex(topic.get("topic_id", NO_ID)),
                {each["partition_index"]: each["leader_id"] for each in topic["partitions"]},
                min((len(each["replica_nodes"]) for each in topic["partitions"]), default=0),
            )
        return found

    async def group_offsets(
        self, group: str, partitions: Iterable[TopicPartition]
    ) -> dict[TopicPartition, OffsetAndMetadata]:
        """What a group has committed of `partitions`; lacks those of which it has nothing."""
        by_topic: defaultdict[str, list[int]] = defaultdict(list)
        for tp in partitions:
            by_topic[tp.topic].append(tp.partition)
        request = OffsetFetchRequest(group, list(by_topic.items()))
        return await self._retried(lambda: self._group_offsets(group, request))

    async def _group_offsets(
        self, group: str, request: OffsetFetchRequest
    ) -> dict[TopicPartition, OffsetAndMetadata]:
        node = await self.client.coordinator_lookup(_GROUP, group)
        response: Any = await self.client.send(node, request)
        check(getattr(response, "error_code", 0), group)
        found = {}
        for topic, answers in response.topics:
            for partition, offset, metadata, code in answers:
                check(code, f"{group}: {topic}-{partition}")
                if offset >= 0:
                    found[TopicPartition(topic, partition)] = OffsetAndMetadata(offset, metadata)
        return found

    async def groups(self) -> list[str]:
        """The names of the groups of consumers that this user may see."""

        async def ask() -> list[str]:
            found = []
            for node in self.brokers():
                response: Any = await self.client.send(node, ListGroupsRequest())
                check(response.error_code, "the groups")
                found += [name for name, kind in response.groups if kind == _CONSUMERS]
            return found

        return await self._retried(ask)

    async def group(self, group: str) -> GroupInfo:
        """A group as its coordinator has it; one that is not there is `Dead`."""

        return _group_info(group, await self._retried(lambda: self._describe(group)))

    async def members(self, group: str) -> list[MemberInfo]:
        """The members of a group of consumers, with what each was assigned last."""
        described = await self._retried(lambda: self._describe(group))
        return [
            MemberInfo(
                ConsumerProtocolMemberMetadata.decode(one["member_metadata"]).user_data or b"",
                _partitions_by_topic(one["member_assignment"]),
                one["client_host"].removeprefix("/"),
            )
            for one in described["members"]
            if one["member_metadata"]
        ]

    async def _describe(self, group: str) -> dict[str, Any]:
        node = await self.client.coordinator_lookup(_GROUP, group)
        response: Any = await self.client.send(node, DescribeGroupsRequest([group]))
        (described,) = response.to_object()["groups"]
        check(described["error_code"], group)
        return dict(described)

    async def topic_settings(
        self, names: Iterable[str], settings: Iterable[str]
    ) -> dict[str, dict[str, str | None]]:
        """The values of some settings of topics, which must exist."""
        wanted = list(settings)
        request = DescribeConfigsRequest(
            [(ConfigResourceType.TOPIC, name, wanted) for name in sorted(names)]
        )
        return await self._retried(lambda: self._settings(request))

    async def broker_setting(self, setting: str) -> str | None:
        """A setting of one of the brokers."""

        async def ask() -> dict[str, dict[str, str | None]]:
            node = self._any_node()
            resource = (ConfigResourceType.BROKER, str(node), [setting])
            return await self._settings(DescribeConfigsRequest([resource]), node)

        (found,) = (await self._retried(ask)).values()
        return found.get(setting)

    async def _settings(
        self, request: DescribeConfigsRequest, node: int | None = None
    ) -> dict[str, dict[str, str | None]]:
        response = await self._ask_any(request, node)
        found: dict[str, dict[str, str | None]] = {}
        for resource in response.to_object()["resources"]:
            check(resource["error_code"], resource["resource_name"], resource["error_message"])
            found[resource["resource_name"]] = {
                entry["config_names"]: entry["config_value"] for entry in resource["config_entries"]
            }
        return found

    async def delete_records(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Delete what lies before an offset of each partition; the offset itself stays."""

        async def ask() -> None:
            topics = await self.topics({tp.topic for tp in offsets})
            by_leader: defaultdict[int, list[TopicPartition]] = defaultdict(list)
            for tp in offsets:
                by_leader[topics[tp.topic].leaders[tp.partition]].append(tp)
            for node, tps in by_leader.items():
                await self._delete_records(node, {tp: offsets[tp] for tp in tps})

        await self._retried(ask)

    async def _delete_records(self, node: int, offsets: Mapping[TopicPartition, int]) -> None:
        by_topic: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        for tp, offset in offsets.items():
            by_topic[tp.topic].append((tp.partition, offset))
        request = DeleteRecordsRequest(list(by_topic.items()), int(self._seconds * 1000))
        response: Any = await self.client.send(node, request)
        for topic in response.to_object()["topics"]:
            for answer in topic["partitions"]:
                check(answer["error_code"], f"{topic['name']}-{answer['partition_index']}")

    def brokers(self) -> list[int]:
        """The numbers of the brokers."""
        return [broker.nodeId for broker in self.client.cluster.brokers()]

    async def ask(self, node: int, request: Request[Any]) -> Any:
        """The answer of one broker; the errors in it are the caller's to look at."""
        return await self.client.send(node, request)

    async def _ask_any(self, request: Request[Any], node: int | None = None) -> Any:
        return await self.client.send(self._any_node() if node is None else node, request)

    def _any_node(self) -> int:
        node: int | None = self.client.get_random_node()
        if node is None:
            raise LeaderNotAvailableError("no broker is known")
        return node

    async def _retried(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask again while the error is one that passes."""
        deadline = monotonic() + self._seconds
        while True:
            try:
                return await ask()
            except KafkaError as error:
                passes = error.retriable or error.invalid_metadata or isinstance(error, _PASSING)
                if not passes or monotonic() > deadline:
                    raise
            await asyncio.sleep(RETRY_SECONDS)


def check(code: int, what: str, message: str | None = None) -> None:
    """Raise the error that a code stands for, with what it is about; 0 is none."""
    error: type[KafkaError] = for_code(code)
    if error is not NoError:
        raise error(f"{what}: {message}" if message else what)


def _group_info(group: str, described: dict[str, Any]) -> GroupInfo:
    members, protocol = described["members"], described["protocol"]
    topics: set[str] = set()
    if protocol and described["protocol_type"] == _CONSUMERS:
        for member in members:
            metadata = ConsumerProtocolMemberMetadata.decode(member["member_metadata"])
            topics.update(metadata.subscription)
    return GroupInfo(group, described["state"], len(members), protocol, frozenset(topics))


def _partitions_by_topic(assignment: bytes) -> dict[str, list[int]]:
    if not assignment:
        return {}
    decoded = ConsumerProtocolMemberAssignment.decode(assignment)
    return {topic: list(partitions) for topic, partitions in decoded.assignment}


def _hex(topic_id: bytes) -> str:
    return "" if topic_id == NO_ID else topic_id.hex()
