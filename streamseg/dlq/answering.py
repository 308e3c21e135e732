"""Sends dead letters again for the HTTP API: `python -m streamseg.dlq.answering`.

It reads the whole topic, and fences other processes that do the same. That would block a worker's
loop, so it is a process of its own. Standard input has a JSON array: bootstrap, topic prefix, the
letters as `partition@offset`, and whether wrong keys are put right. All other settings are the
environment's.
"""

from __future__ import annotations

import asyncio
import sys

import msgspec

from streamseg.core.errors import StreamsegError
from streamseg.dlq.reading import Letters
from streamseg.dlq.resending import Resending
from streamseg.environment import load_settings
from streamseg.formats.dead_letters import Letter, Place
from streamseg.kafka.refusals import told_plainly
from streamseg.web.answers import Resent, ResentAnswer, ResentLetter


async def answer(bootstrap: str, prefix: str, places: list[str], rekey: bool) -> Resent:
    """Send letters again; what became of each that there is."""
    became: list[ResentLetter] = []

    def told(letter: Letter, what: str) -> None:
        became.append(ResentLetter(str(letter.place), what))

    try:
        settings = load_settings(bootstrap=bootstrap, topic_prefix=prefix)
        resending = Resending(settings, Letters(settings, settings.topic("dlq")), rekey=rekey)
        wanted = {Place.parse(place) for place in places}
        async with told_plainly(settings):
            await resending.run(lambda letter: letter.place in wanted, told, dry=False)
    except StreamsegError as error:
        return Resent(None, str(error))
    return Resent(ResentAnswer(resending.counts["sent"], resending.counts["left"], became))


def main() -> None:
    """Answer what standard input asks."""
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=tuple[str, str, list[str], bool])
    sys.stdout.buffer.write(msgspec.json.encode(asyncio.run(answer(*asked))))


if __name__ == "__main__":
    main()
