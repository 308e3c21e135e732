"""A worker that is killed while mail is on its way; run as a script by a test.

`python -m tests.stream.dying WHEN KIND...`: the first transaction with mail of one of these kinds
decides. WHEN is `behind`: right after it; or `within`: in the next one, when everything of that is
sent and only the commit is missing.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from typing import Any

from aiokafka import TopicPartition

from streamseg.core.identity.mail import Mail
from streamseg.environment import load_settings
from streamseg.stream import cycle, takeover
from streamseg.stream.app import run_worker
from streamseg.stream.outbox import Outbox
from streamseg.stream.sinks import TransactionSink

WHEN, *KINDS = sys.argv[1:]


class NotingOutbox(Outbox):
    """Knows whether it has mail of one of the kinds."""

    has_kind = False

    def _send(self, mail: Mail) -> None:
        super()._send(mail)
        self.has_kind |= type(mail.body).__name__ in KINDS


class DyingSink(TransactionSink):
    """Commits until mail of one of the kinds is on its way."""

    async def commit(self, outbox: Outbox, offsets: Mapping[TopicPartition, int]) -> None:
        await super().commit(outbox, offsets)
        assert isinstance(outbox, NotingOutbox)
        if outbox.has_kind:
            if WHEN == "behind":
                die()
            self.producer.commit_transaction = die


def die(*_: Any) -> None:
    """As `kill -9` does it."""
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    assert WHEN in ("behind", "within"), WHEN
    cycle.Outbox = NotingOutbox  # type: ignore[attr-defined]
    takeover.TransactionSink = DyingSink  # type: ignore[attr-defined]
    run_worker(load_settings())
