"""A local Apache Kafka for development, tests and the demo.

    with local_kafka() as bootstrap:      # a directory and ports of its own, gone afterwards
        ...
    start(Path(".kafka")); status(); stop()

It is Apache Kafka itself, never an imitation: a single KRaft node that is good for transactions.
"""

from streamseg.broker.errors import BrokerError
from streamseg.broker.local import (
    ANY_PORT,
    DEFAULT_DATA_DIR,
    DEFAULT_PORT,
    Status,
    local_kafka,
    start,
    status,
    stop,
)

__all__ = [
    "ANY_PORT",
    "DEFAULT_DATA_DIR",
    "DEFAULT_PORT",
    "BrokerError",
    "Status",
    "local_kafka",
    "start",
    "status",
    "stop",
]
