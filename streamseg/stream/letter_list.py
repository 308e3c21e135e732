"""Lists the latest dead letters, for the API."""

from __future__ import annotations

from codecs import getincrementaldecoder
from collections import Counter
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

from aiokafka import TopicPartition

from streamseg.core.values.timestamps import format_time
from streamseg.formats.dead_letters import Letter, Place, letter_of, note_of
from streamseg.web.answers import LetterAnswer, LettersAnswer

if TYPE_CHECKING:
    from streamseg.settings import Settings
    from streamseg.stream.scanning import Scan

LOOKED_AT: Final = 5_000  # offsets of each partition
SHOWN: Final = 2_000  # bytes of a value
_decoder: Final = getincrementaldecoder("utf-8")


async def list_letters(
    settings: Settings,
    scan: Scan,
    partitions: int,
    wanted: tuple[str | None, str | None],
    limit: int,
) -> LettersAnswer:
    """The latest first, of a ``wanted`` code and source (None: any); counts of all looked at."""
    code, source = wanted
    tps = [TopicPartition(settings.topic("dlq"), number) for number in range(partitions)]
    found: list[Letter] = []
    resent: set[Place] = set()
    codes: Counter[str] = Counter()
    sources: Counter[str] = Counter()
    async with aclosing(scan.read(tps, last=LOOKED_AT)) as polls:
        async for records in polls:
            for record in records:
                note = note_of(record)
                if note is not None:
                    resent.add(note)
                    continue
                letter = letter_of(record)
                codes[letter.code] += 1
                sources[letter.origin.rpartition("-")[0]] += 1
                if code in (None, letter.code) and letter.origin.startswith(source or ""):
                    found.append(letter)
    found.sort(key=lambda one: (one.written_ms, one.place), reverse=True)
    shown = [_letter(one, is_resent=one.place in resent) for one in found[:limit]]
    counts = dict(sorted(codes.items())), dict(sorted(sources.items()))
    return LettersAnswer(shown, *counts, scan.complete)


def _letter(letter: Letter, *, is_resent: bool) -> LetterAnswer:
    value = letter.value
    text, in_hex = None, None
    if value is not None:
        try:
            text = _decoder().decode(value[:SHOWN], len(value) <= SHOWN)  # one may be cut
        except UnicodeDecodeError:
            in_hex = value[:SHOWN].hex()
    return LetterAnswer(
        place=str(letter.place),
        written_at=format_time(letter.written_ms),
        code=letter.code,
        message=letter.message,
        source=letter.origin,
        key=None if letter.key is None else letter.key.decode(errors="backslashreplace"),
        value=text,
        value_hex=in_hex,
        size=letter.size,
        resent=is_resent,
    )
