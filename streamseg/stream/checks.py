"""What must hold of the topics before a worker joins: told in one message, with what mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiokafka.errors import (
    InconsistentGroupProtocolError,
    InvalidSessionTimeoutError,
    InvalidTransactionTimeout,
)

from streamseg.kafka.failures import refusal
from streamseg.stream.errors import SetupError

if TYPE_CHECKING:
    from streamseg.kafka.cluster import Cluster
    from streamseg.settings import Settings
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


def as_setup_error(settings: Settings, error: BaseException | None) -> SetupError | None:
    """What a person has to mend, if that is what Kafka's answer means; else None.

    An error that another one was raised for counts as that one.
    """
    if error is None:
        return None
    refused = refusal(settings.connection(), error)
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
