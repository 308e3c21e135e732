"""The letters that are there now, and which of them were sent again."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from streamseg.core.errors import StreamsegError
from streamseg.formats.dead_letters import Letter, Place, letter_of, note_of
from streamseg.stream.whole_topic import whole_topic

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from streamseg.settings import Settings


class LettersError(StreamsegError):
    """A dead letter cannot be sent, and why."""


class Letters:
    """Reads the topic of dead letters from its beginning to its end as of now.

    What is behind an open transaction is waited for: a note that stands there counts.
    """

    def __init__(self, settings: Settings, topic: str) -> None:
        self._settings = settings
        self.topic = topic

    async def resent(self) -> set[Place]:
        """The places of the letters that were sent again. Raises TopicError, KafkaError."""
        noted = [note_of(record) async for record in self._records()]
        return {place for place in noted if place is not None}

    async def letters(self) -> AsyncGenerator[Letter, None]:
        """All letters, by partition and offset within a poll. Raises TopicError, KafkaError."""
        async with aclosing(self._records()) as records:
            async for record in records:
                if note_of(record) is None:
                    yield letter_of(record)

    def _records(self) -> AsyncGenerator[Any, None]:
        return whole_topic(self._settings, self.topic, waits=True)
