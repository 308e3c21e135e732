"""What a worker looks for in the settings of topics and brokers, at its start and every hour."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

import pytest
from aiokafka.protocol.admin import DescribeConfigsResponse_v2

from streamseg.kafka.cluster import Cluster, TopicInfo
from streamseg.observe.stats import WorkerStats
from streamseg.settings import Settings
from streamseg.stream import watch
from streamseg.stream.errors import SetupError
from streamseg.stream.losses import Losses
from streamseg.stream.setup_checks import (
    check_policies,
    check_transaction_timeout,
    read_partition_counts,
)
from streamseg.stream.topic_names import TopicNames

from ..kafka.serving import one_after_the_other, served

DESCRIBE_CONFIGS, FORBIDDEN, CLUSTER_FORBIDDEN = 32, 29, 31
TOPICS = TopicNames.of(Settings())
GOOD = {"cleanup.policy": "compact", "retention.ms": "604800000", "retention.bytes": "-1"}

KEPT = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}


def answer(resources: dict[str, dict[str, str]], code: int = 0) -> DescribeConfigsResponse_v2:
    return DescribeConfigsResponse_v2(
        0,
        [
            (code, None, 2, name, [(*entry, False, 1, False, []) for entry in settings.items()])
            for name, settings in resources.items()
        ],
    )


def asked(response: Any, question: Callable[[Cluster], Awaitable[None]]) -> None:
    async def run() -> None:
        async with served({DESCRIBE_CONFIGS: (2, one_after_the_other(response))}) as (address, _):
            cluster = Cluster({"bootstrap_servers": address}, 1_000)
            await cluster.start()
            try:
                await question(cluster)
            finally:
                await cluster.close()

    asyncio.run(run())


def policies(
    changed: dict[str, str], code: int = 0, signals: dict[str, str] = KEPT
) -> DescribeConfigsResponse_v2:
    settings = {TOPICS.changelog: {**GOOD, **changed}, TOPICS.catalog: GOOD}
    return answer({**settings, TOPICS.signals: signals}, code)


class Topics:
    """A cluster with so many partitions of each topic; 0: there is no such topic."""

    def __init__(self, **partitions: int) -> None:
        counts = dict.fromkeys(TOPICS.all(), 8)
        counts |= {getattr(TOPICS, short): count for short, count in partitions.items()}
        self.counts = {name: count for name, count in counts.items() if count}

    async def topics(self, names: list[str]) -> dict[str, TopicInfo]:
        return {
            name: TopicInfo(name, "", dict.fromkeys(range(self.counts[name]), 1), 1)
            for name in names
            if name in self.counts
        }


def counted(topics: Topics) -> dict[str, int]:
    cluster: Any = topics
    return asyncio.run(read_partition_counts(cluster, TOPICS))


def test_the_partitions_of_all_topics_are_counted() -> None:
    assert counted(Topics(triggers=3)) == dict.fromkeys(TOPICS.all(), 8) | {TOPICS.triggers: 3}


def test_a_worker_is_told_which_topics_are_missing() -> None:
    with pytest.raises(SetupError, match=r"no topic streamseg\.triggers\. .*topics apply"):
        counted(Topics(triggers=0))


def test_a_worker_is_told_which_topics_have_unequal_counts() -> None:
    told = (
        r"events has 8 .*signals 4; .*equal; .*products has 8 .*catalog 2; .*streamseg topics apply"
    )
    with pytest.raises(SetupError, match=told):
        counted(Topics(signals=4, catalog=2))


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"cleanup.policy": "compact,delete", "retention.ms": "-1"},
    ],
)
def test_state_that_is_kept_for_ever_is_fine(changed: dict[str, str]) -> None:
    asked(policies(changed), lambda cluster: check_policies(cluster, TOPICS))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"cleanup.policy": "delete"}, "has cleanup.policy=delete"),
        ({"cleanup.policy": "delete", "retention.ms": "-1"}, "has cleanup.policy=delete"),
        ({"cleanup.policy": "compact,delete"}, "with retention.ms=604800000"),
        (
            {
                "cleanup.policy": "delete,compact",
                "retention.ms": "-1",
                "retention.bytes": "9",
            },
            "with retention.bytes=9",
        ),
    ],
)
def test_state_that_kafka_deletes_is_refused(changed: dict[str, str], told: str) -> None:
    with pytest.raises(SetupError, match=f"{TOPICS.changelog} .*{told}.*topics apply"):
        asked(policies(changed), lambda cluster: check_policies(cluster, TOPICS))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"retention.ms": "604800000"}, "has cleanup.policy=delete with retention.ms=604800000"),
        ({"retention.bytes": "9"}, "with retention.bytes=9"),
        ({"cleanup.policy": "compact"}, "has cleanup.policy=compact"),
    ],
)
def test_mail_that_kafka_deletes_before_it_is_read_is_refused(
    changed: dict[str, str], told: str
) -> None:
    with pytest.raises(SetupError, match=f"{TOPICS.signals} .*{told}.*topics apply"):
        asked(policies({}, signals={**KEPT, **changed}), lambda one: check_policies(one, TOPICS))


def test_who_may_not_see_the_settings_is_warned_and_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    asked(policies({}, FORBIDDEN), lambda cluster: check_policies(cluster, TOPICS))
    assert "is not known" in caplog.text


def test_a_policy_that_changes_later_is_met_within_the_hour() -> None:
    async def look(cluster: Cluster) -> None:
        looking = watch.Watch(
            TOPICS,
            cluster,
            None,
            Losses(WorkerStats(), accepted=False),
            {},
            WorkerStats(),  # type: ignore[arg-type]
            {},
        )
        await looking.look(None)  # not yet
        looking._policies_at = monotonic() - watch.POLICY_SECONDS
        await looking.look(None)

    with pytest.raises(SetupError, match=r"cleanup\.policy=delete"):
        asked(policies({"cleanup.policy": "delete"}), look)


@pytest.mark.parametrize(("most", "fits"), [("900000", True), ("600000", True), ("599999", False)])
def test_the_transaction_timeout_is_compared_with_the_broker_s(most: str, fits: bool) -> None:
    def ask() -> None:
        asked(
            answer({"1": {"transaction.max.timeout.ms": most}}),
            lambda cluster: check_transaction_timeout(cluster, Settings()),
        )

    if fits:
        ask()
        return
    with pytest.raises(SetupError, match=f"the broker allows {most} ms"):
        ask()


def test_a_broker_that_does_not_show_its_settings_is_asked_by_the_first_producer() -> None:
    asked(
        answer({"1": {}}, CLUSTER_FORBIDDEN),
        lambda cluster: check_transaction_timeout(cluster, Settings()),
    )
