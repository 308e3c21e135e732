"""An error in an answer is an error, never an empty answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaError,
    NotCoordinatorForGroupError,
    TopicAuthorizationFailedError,
)
from aiokafka.protocol.admin import DescribeConfigsResponse_v2, DescribeGroupsResponse_v1
from aiokafka.protocol.commit import OffsetFetchResponse_v3
from aiokafka.protocol.coordination import FindCoordinatorResponse_v1
from aiokafka.structs import OffsetAndMetadata

from streamseg.kafka.cluster import Cluster
from streamseg.kafka.protocol import MetadataResponseV12

from .serving import FIND_COORDINATOR, METADATA, Answer, one_after_the_other, served

OFFSET_FETCH, DESCRIBE_GROUPS, DESCRIBE_CONFIGS = 9, 15, 32
LOADING, NOT_AVAILABLE, NOT_COORDINATOR = 14, 15, 16
TOPIC_FORBIDDEN, GROUP_FORBIDDEN, UNKNOWN_TOPIC = 29, 30, 3
TP = TopicPartition("t.events", 0)
GROUP = "shop"


def ask(
    answers: dict[int, tuple[int, Answer]],
    question: Callable[[Cluster], Awaitable[Any]],
    timeout_ms: int = 2_000,
) -> Any:
    async def run() -> Any:
        async with served(answers) as (address, _):
            cluster = Cluster({"bootstrap_servers": address}, timeout_ms)
            await cluster.start()
            try:
                return await question(cluster)
            finally:
                await cluster.close()

    return asyncio.run(run())


def offsets(code: int, *partitions: tuple[int, int, str, int]) -> OffsetFetchResponse_v3:
    return OffsetFetchResponse_v3(0, [(TP.topic, list(partitions))] if partitions else [], code)


def fetched(*responses: Any, timeout_ms: int = 2_000) -> Any:
    answers = {OFFSET_FETCH: (3, one_after_the_other(*responses))}
    return ask(answers, lambda cluster: cluster.group_offsets(GROUP, [TP]), timeout_ms)


@pytest.mark.parametrize("code", [LOADING, NOT_AVAILABLE, NOT_COORDINATOR])
def test_a_coordinator_that_moves_is_asked_again_and_its_answer_hides_no_writers(code: int) -> None:
    found = fetched(offsets(code), offsets(code), offsets(0, (0, 7, "w1:old", 0)))
    assert found == {TP: OffsetAndMetadata(7, "w1:old")}


def test_a_partition_s_error_is_asked_again_too() -> None:
    found = fetched(offsets(0, (0, -1, "", LOADING)), offsets(0, (0, 7, "w1:old", 0)))
    assert found == {TP: OffsetAndMetadata(7, "w1:old")}


def test_an_answer_that_stays_unknown_is_an_error_and_never_nobody() -> None:
    with pytest.raises(NotCoordinatorForGroupError):
        fetched(offsets(NOT_COORDINATOR), timeout_ms=300)


def test_what_is_forbidden_is_told_at_once() -> None:
    with pytest.raises(GroupAuthorizationFailedError, match=GROUP):
        fetched(offsets(GROUP_FORBIDDEN))


def test_a_group_that_has_committed_nothing_has_no_offsets() -> None:
    assert fetched(offsets(0, (0, -1, "", 0))) == {}


def test_a_coordinator_that_is_not_there_yet_is_asked_for_again() -> None:
    coordinator = one_after_the_other(
        FindCoordinatorResponse_v1(0, NOT_AVAILABLE, None, -1, "", -1),
        FindCoordinatorResponse_v1(0, 0, None, 1, "127.0.0.1", 1),
    )
    answers = {
        FIND_COORDINATOR: (1, coordinator),
        OFFSET_FETCH: (3, one_after_the_other(offsets(0, (0, 7, "", 0)))),
    }
    assert ask(answers, lambda cluster: cluster.group_offsets(GROUP, [TP]))[TP].offset == 7


def test_a_group_that_cannot_be_described_is_an_error() -> None:
    group = DescribeGroupsResponse_v1(0, [(GROUP_FORBIDDEN, GROUP, "", "", "", [])])
    with pytest.raises(GroupAuthorizationFailedError):
        ask(
            {DESCRIBE_GROUPS: (1, one_after_the_other(group))},
            lambda cluster: cluster.group(GROUP),
        )


def test_settings_that_cannot_be_read_are_an_error_and_not_none() -> None:
    settings = DescribeConfigsResponse_v2(0, [(TOPIC_FORBIDDEN, "no", 2, TP.topic, [])])
    with pytest.raises(TopicAuthorizationFailedError, match=TP.topic):
        ask(
            {DESCRIBE_CONFIGS: (2, one_after_the_other(settings))},
            lambda cluster: cluster.topic_settings([TP.topic], ["cleanup.policy"]),
        )


def topics(code: int) -> Answer:
    """Metadata of one topic; the client's own first question is answered by its brokers alone."""
    return one_after_the_other(
        MetadataResponseV12(0, [], None, 1, [(code, TP.topic, bytes(16), False, [], 0, {})], {})
    )


def test_a_topic_that_is_missing_is_none_and_one_that_is_forbidden_is_an_error() -> None:
    def asked(code: int) -> Any:
        async def question(cluster: Cluster) -> Any:
            return await cluster.topics([TP.topic])

        async def run() -> Any:
            async with served({}) as (address, broker):
                cluster = Cluster({"bootstrap_servers": address}, 300)
                await cluster.start()
                broker.change(METADATA, 12, topics(code))
                try:
                    return await question(cluster)
                finally:
                    await cluster.close()

        return asyncio.run(run())

    assert asked(UNKNOWN_TOPIC) == {}
    with pytest.raises(TopicAuthorizationFailedError, match=TP.topic):
        asked(TOPIC_FORBIDDEN)
    with pytest.raises(KafkaError):
        asked(-1)
