"""Checks the setup before a worker joins: one message says what is wrong, and how to mend it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    InconsistentGroupProtocolError,
    InvalidSessionTimeoutError,
    InvalidTransactionTimeout,
    TopicAuthorizationFailedError,
)

from streamseg.kafka.failures import refusal
from streamseg.stream.errors import SetupError

if TYPE_CHECKING:
    from streamseg.kafka.cluster import Cluster
    from streamseg.settings import Settings
    from streamseg.stream.topic_names import TopicNames

log = logging.getLogger(__name__)

MEND: Final = (
    "streamseg topics apply (or by Strimzi's KafkaTopics, where it has the topics: "
    "streamseg topics export strimzi)"
)


async def check_setup(cluster: Cluster, topics: TopicNames, settings: Settings) -> dict[str, int]:
    """Check all that a worker needs before it joins; returns the partitions of every topic.

    Raises SetupError, KafkaError.
    """
    counts = await read_partition_counts(cluster, topics)
    await check_policies(cluster, topics)
    await check_transaction_timeout(cluster, settings)
    return counts


async def read_partition_counts(cluster: Cluster, topics: TopicNames) -> dict[str, int]:
    """The number of partitions of every topic.

    Raises SetupError when topics are missing or their counts do not fit each other.
    """
    found = await cluster.topics(topics.all())
    counts = {name: len(topic.leaders) for name, topic in found.items()}
    missing = [name for name in topics.all() if name not in counts]
    if missing:
        names = ", ".join(sorted(missing))
        raise SetupError(f"Kafka has no topic {names}. Create what is missing with: {MEND}")
    problems = [
        f"{one} has {counts[one]} partitions and {other} {counts[other]}; they must be equal"
        for one, other in (
            (topics.events, topics.signals),
            (topics.events, topics.changelog),
            (topics.products, topics.catalog),
        )
        if counts[one] != counts[other]
    ]
    if problems:
        raise SetupError(f"{'; '.join(problems)}. Mend it with: {MEND}")
    return counts


async def check_policies(cluster: Cluster, topics: TopicNames) -> None:
    """Raise SetupError where Kafka may delete state: a changelog must be compacted, and no more;
    signals, with state on its way, must stay until they are read.

    A user who may not read the settings of topics is told so in the log, and goes on.
    """
    keeping_state = (topics.changelog, topics.catalog, topics.signals)
    try:
        found = await cluster.topic_settings(keeping_state, _POLICY)
    except TopicAuthorizationFailedError:
        log.warning(
            "This user may not read the settings of %s (DescribeConfigs): whether they keep state "
            "for as long as it is needed is not known",
            " and ".join(keeping_state),
        )
        return
    for topic in keeping_state:
        policies = (found[topic].get("cleanup.policy") or "").split(",")
        if topic == topics.signals:
            if policies == ["delete"] and not _limits(found[topic]):
                continue
            limits = _limits(found[topic]) or "compaction"
            wrong = f"has cleanup.policy={','.join(policies)} with {limits}"
        elif "compact" not in policies:
            wrong = f"has cleanup.policy={','.join(policies)}"
        elif "delete" in policies and _limits(found[topic]):
            wrong = f"has cleanup.policy={','.join(policies)} with {_limits(found[topic])}"
        else:
            continue
        raise SetupError(
            f"{topic} {wrong}: Kafka deletes the state in it after a while. Mend it with: {MEND}"
        )


_POLICY: Final = ("cleanup.policy", "retention.ms", "retention.bytes")


def _limits(settings: dict[str, str | None]) -> str:
    """The limits of age and size that are set, as text."""
    limits = [(name, settings.get(name)) for name in _POLICY[1:]]
    return ", ".join(f"{name}={value}" for name, value in limits if value not in (None, "-1"))


async def check_transaction_timeout(cluster: Cluster, settings: Settings) -> None:
    """Raise SetupError where the broker would not take STREAMSEG_TRANSACTION_TIMEOUT.

    A user who may not read the brokers' settings is told when the first producer starts.
    """
    if settings.processing_guarantee != "exactly_once":
        return
    try:
        most = await cluster.broker_setting("transaction.max.timeout.ms")
    except ClusterAuthorizationFailedError:
        return
    if most is not None and settings.transaction_timeout_ms > int(most):
        raise SetupError(
            f"STREAMSEG_TRANSACTION_TIMEOUT is {settings.transaction_timeout_ms} ms, and the "
            f"broker allows {most} ms: lower it, or raise the broker's transaction.max.timeout.ms"
        )


def as_setup_error(settings: Settings, error: BaseException | None) -> SetupError | None:
    """What a person has to mend, if that is what Kafka's answer means; else None.

    An error that another one was raised for counts as that one.
    """
    if error is None:
        return None
    user = settings.sasl_username or settings.sasl_oauth_client_id
    refused = refusal({"bootstrap_servers": settings.bootstrap, "sasl_plain_username": user}, error)
    if refused is not None:
        return SetupError(refused.message)
    for kind, advice in _FATAL.items():
        if isinstance(error, kind):
            return SetupError(f"Kafka refuses: {error}. {advice}")
    return as_setup_error(settings, error.__cause__)


_FATAL: Final[dict[type[BaseException], str]] = {
    InvalidSessionTimeoutError: (
        "STREAMSEG_SESSION_TIMEOUT must lie between the broker's group.min.session.timeout.ms and "
        "group.max.session.timeout.ms"
    ),
    InvalidTransactionTimeout: (
        "STREAMSEG_TRANSACTION_TIMEOUT must not exceed the broker's transaction.max.timeout.ms"
    ),
    InconsistentGroupProtocolError: (
        "Another program is in the consumer group; choose another STREAMSEG_APP_ID"
    ),
}
