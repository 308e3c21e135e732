"""Answers the HTTP API's question for a segment's figures: `python -m streamseg.kpis.answering`.

It reads the topic of statistics from its beginning, so it is a process of its own. Standard input
has a JSON array: bootstrap, topic prefix, the segment, and of how many days. All other settings are
the environment's.
"""

from __future__ import annotations

import asyncio
import sys
import time

import msgspec
from aiokafka.errors import KafkaError

from streamseg.core.errors import StreamsegError
from streamseg.environment import load_settings
from streamseg.kpis.reading import read_latest
from streamseg.kpis.showing import to_json
from streamseg.kpis.summing import Summary, summed
from streamseg.web.answers import KpisAnswer, KpisFound


async def answer(bootstrap: str, prefix: str, name: str, days: int) -> KpisFound:
    """The figures of a segment; none where nothing was counted of it."""
    try:
        settings = load_settings(bootstrap=bootstrap, topic_prefix=prefix)
        summary = summed(await read_latest(settings))
    except (StreamsegError, KafkaError) as error:
        return KpisFound(None, str(error))
    return KpisFound(answer_of(summary, name, int(time.time() * 1000), days))


def answer_of(summary: Summary, name: str, now: int, days: int) -> KpisAnswer | None:
    """The figures of a segment in so many days until an instant; None where there are none."""
    if name not in summary.segments:
        return None
    told = {"census": {}} | to_json(summary.segments[name], now, days)  # rules may ask for none
    return KpisAnswer(**{figure: told[figure] for figure in KpisAnswer.__struct_fields__})


def main() -> None:
    """Answer what standard input asks."""
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=tuple[str, str, str, int])
    sys.stdout.buffer.write(msgspec.json.encode(asyncio.run(answer(*asked))))


if __name__ == "__main__":
    main()
