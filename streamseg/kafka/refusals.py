"""What Kafka refuses, told in one line to whoever runs a command."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from aiokafka.errors import KafkaError

from streamseg.core.errors import StreamsegError
from streamseg.kafka.failures import find_failure

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from streamseg.settings import Settings


class KafkaRefusedError(StreamsegError):
    """Kafka refused what was asked of it, or cannot be reached, and why."""


@asynccontextmanager
async def told_plainly(settings: Settings) -> AsyncIterator[None]:
    """Raises KafkaRefusedError for what Kafka refuses within it."""
    asyncio.get_running_loop().set_exception_handler(_pass_over_kafka)
    try:
        yield
    except KafkaError as error:
        failure = await find_failure(settings.connection(), error)
        raise KafkaRefusedError(failure.message) from error


def _pass_over_kafka(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A fenced producer of aiokafka leaves the same error, told already, in futures of its own."""
    if not isinstance(context.get("exception"), KafkaError):
        loop.default_exception_handler(context)
