"""The lines of files into the input topics, none lost silently."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from streamseg.core.errors import Refused
from streamseg.produce.pace import Pace
from streamseg.produce.reading import Chunk, read_chunks
from streamseg.produce.routing import InputTopics, route
from streamseg.produce.sender import Headers, Sender

_JSON_SPACE = b" \t\r\n"


@dataclass(slots=True)
class Refusal:
    """A line that no input topic could take. `kept`: it is among the dead letters."""

    file: str
    line: int
    code: str
    message: str
    kept: bool

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.code}: {self.message}"


@dataclass(slots=True)
class Tally:
    """What has become of the lines so far; `size` counts bytes read."""

    events: int = 0
    products: int = 0
    size: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    @property
    def sent(self) -> int:
        return self.events + self.products


async def load(
    files: Sequence[str],
    sender: Sender,
    topics: InputTopics,
    tally: Tally,
    *,
    rate: float | None = None,
    on_refused: Callable[[Refusal], None],
    on_progress: Callable[[], None],
) -> None:
    """Sends every line of the files, one file after the other, and counts it once Kafka has it.

    Empty lines are skipped. A line without an owner goes to the dead letters with its file and
    number; one that is larger than a record may be is told to `on_refused` only.

    Raises OSError where a file cannot be read and SendError where Kafka fails.
    """
    pace = Pace(rate)
    for file in files:
        async for chunk in read_chunks(file):
            for start in range(0, len(chunk.lines), pace.slice):
                lines = chunk.lines[start : start + pace.slice]
                part = Chunk(chunk.file, chunk.first + start, lines, 0)
                before = tally.sent
                await _send(part, sender, topics, tally, on_refused)
                await asyncio.sleep(pace.owes_s(tally.sent - before))
                on_progress()
            tally.size += chunk.size
            on_progress()


async def _send(
    chunk: Chunk,
    sender: Sender,
    topics: InputTopics,
    tally: Tally,
    on_refused: Callable[[Refusal], None],
) -> None:
    """Sends the lines of a chunk and waits until Kafka has them."""
    counts = {"events": 0, "products": 0}
    refusals: list[Refusal] = []
    for number, raw in enumerate(chunk.lines, start=chunk.first):
        line = raw.strip(_JSON_SPACE)
        if not line:
            continue
        try:
            stream, key = route(line)
        except Refused as refused:
            refusal = _refuse(refused, chunk.file, number)
            refusals.append(refusal)
            if refusal.kept:
                sender.add(topics.dlq, None, line, _why(refusal))
            continue
        sender.add(topics.of(stream), key, line)
        counts[stream] += 1
    await sender.flush()
    tally.events += counts["events"]
    tally.products += counts["products"]
    for refusal in refusals:
        tally.refused[refusal.code] += 1
        on_refused(refusal)


def _refuse(refused: Refused, file: str, number: int) -> Refusal:
    kept = refused.code != "too_large"
    return Refusal(file, number, refused.code, refused.message, kept)


def _why(refusal: Refusal) -> Headers:
    return [
        ("streamseg.error.file", refusal.file.encode(errors="backslashreplace")),
        ("streamseg.error.line", str(refusal.line).encode()),
        ("streamseg.error.code", refusal.code.encode()),
        ("streamseg.error.message", refusal.message.encode(errors="backslashreplace")),
    ]
