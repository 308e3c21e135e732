"""What must hold of the topics before a worker joins: told in one message, with what mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiokafka.errors import (
    AuthenticationFailedError,
    GroupAuthorizationFailedError,
    InconsistentGroupProtocolError,
    InvalidSessionTimeoutError,
    InvalidTransactionTimeout,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)

from streamseg.stream.errors import SetupError

if TYPE_CHECKING:
    from streamseg.kafka.cluster import Cluster
    from streamseg.stream.layout import Layout

MEND: Final = "streamseg topics apply"


async def read_partition_counts(cluster: Cluster, layout: Layout) -> dict[str, int]:
    """The number of partitions of every topic of the layout.

    Raises SetupError when topics are missing or their counts do not fit each other.
    """
    found = await cluster.topics(layout.all())
    counts = {name: len(topic.leaders) for name, topic in found.items()}
    missing = [name for name in layout.all() if name not in counts]
    if missing:
        names = ", ".join(sorted(missing))
        raise SetupError(f"Kafka has no topic {names}. Create what is missing with: {MEND}")
    problems = [
        f"{one} has {counts[one]} partitions and {other} {counts[other]}; they must be equal"
        for one, other in (
            (layout.events, layout.signals),
            (layout.events, layout.changelog),
            (layout.products, layout.catalog),
        )
        if counts[one] != counts[other]
    ]
    if problems:
        raise SetupError(f"{'; '.join(problems)}. Mend it with: {MEND}")
    return counts


def as_setup_error(error: BaseException) -> SetupError | None:
    """What a person has to mend, if that is what Kafka's answer means; else None."""
    for kind, advice in _FATAL.items():
        if isinstance(error, kind):
            return SetupError(f"Kafka refuses: {error}. {advice}")
    return None


_RIGHTS: Final = "Give this user the right, or another user by STREAMSEG_SASL_USERNAME"
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
    GroupAuthorizationFailedError: _RIGHTS,
    TopicAuthorizationFailedError: _RIGHTS,
    TransactionalIdAuthorizationFailed: _RIGHTS,
    AuthenticationFailedError: "See STREAMSEG_SASL_USERNAME, STREAMSEG_SASL_PASSWORD",
}
