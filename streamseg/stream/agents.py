"""Settings of Faust's own Kafka clients, for the user's agents: committed records only, and the way
into the cluster.

Faust reads uncommitted records unless its own transactions are on; an agent on the triggers would
then act on triggers whose transaction was aborted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import faust
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Transport

if TYPE_CHECKING:
    from streamseg.settings import Settings


class _CommittedThread(AIOKafkaConsumerThread):
    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"  # Faust offers no setting for it
        return consumer


class _CommittedConsumer(Consumer):
    def _new_consumer_thread(self) -> AIOKafkaConsumerThread:
        return _CommittedThread(self, loop=self.loop, beacon=self.beacon)


class CommittedTransport(Transport):
    """Faust's transport, reading committed records only."""

    Consumer = _CommittedConsumer


def agents_broker(settings: Settings) -> dict[str, Any]:
    """Options of faust.App that say where Kafka is and how to get in."""
    urls = [f"kafka://{address}" for address in settings.bootstrap.split(",")]
    options: dict[str, Any] = {"broker": urls}
    connection = settings.connection()
    context = connection.get("ssl_context")
    if "sasl_oauth_token_provider" in connection:
        options["broker_credentials"] = faust.OAuthCredentials(
            oauth_cb=connection["sasl_oauth_token_provider"], ssl_context=context
        )
    elif settings.security_protocol.startswith("SASL"):
        options["broker_credentials"] = faust.SASLCredentials(
            username=connection["sasl_plain_username"],
            password=connection["sasl_plain_password"],
            ssl_context=context,
            mechanism=settings.sasl_mechanism,
        )
    elif context is not None:
        options["broker_credentials"] = faust.SSLCredentials(context)
    return options
