"""What is said of a Kafka that does not answer."""

from __future__ import annotations

from aiokafka.errors import KafkaConnectionError, KafkaError


def kafka_failure(bootstrap: str, error: KafkaError) -> str:
    """One line for an error of the client that talks to ``bootstrap``."""
    if isinstance(error, KafkaConnectionError):
        # The client keeps to itself which it was: no broker, another protocol or a wrong login.
        return (
            f"Kafka at {bootstrap} cannot be reached. Is it running there, and do "
            "STREAMSEG_SECURITY_PROTOCOL and the login fit? "
            "`streamseg kafka up` starts a local one"
        )
    return f"Kafka at {bootstrap}: {error}"
