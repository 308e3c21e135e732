"""All that is known of a contact, for the HTTP API: `python -m streamseg.privacy.answering`.

It reads all topics from their beginnings, so it is a process of its own. Standard input has a JSON
array: bootstrap, topic prefix, the rule file (null: none) and the contact. All other settings are
the environment's.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import Final

import msgspec

from streamseg.core.errors import StreamsegError
from streamseg.environment import load_settings
from streamseg.kafka.refusals import told_plainly
from streamseg.privacy.dossier import compile_dossier
from streamseg.rules import load_rules
from streamseg.web.answers import DossierFound

encode: Final = msgspec.json.Encoder(decimal_format="number", order="sorted").encode


async def answer(bootstrap: str, prefix: str, rules: str | None, contact: str) -> DossierFound:
    """A contact's dossier, or why there is none."""
    try:
        settings = load_settings(bootstrap=bootstrap, topic_prefix=prefix)
        compiled = None if rules is None else load_rules(Path(rules))
        async with told_plainly(settings):
            found = await compile_dossier(settings, contact, [], compiled, int(time.time() * 1000))
    except StreamsegError as error:
        return DossierFound(msgspec.Raw(b"null"), str(error))
    return DossierFound(msgspec.Raw(encode(found)))


def main() -> None:
    """Answer what standard input asks."""
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=tuple[str, str, str | None, str])
    sys.stdout.buffer.write(encode(asyncio.run(answer(*asked))))


if __name__ == "__main__":
    main()
