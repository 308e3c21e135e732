"""A small real task: it counts the events of each contact and tells every N-th.

It stands in for the engine where only the host is looked at.
"""

from __future__ import annotations

from typing import Any

from streamseg.core.events import Event
from streamseg.core.messages.outcomes import FIRED, Batch, Outcome
from streamseg.stream.engine import Engine


class CountingTask:
    """``told`` events of a contact make an outcome whose id names the contact and the count."""

    def __init__(self, told: int = 10) -> None:
        self.now = 0
        self.due: int | None = None
        self.told = told
        self.counts: dict[str, int] = {}
        self.overlay: dict[str, int] = {}
        self.outcomes: list[Any] = []

    @property
    def contacts(self) -> int:
        return len(self.counts)

    @property
    def state_bytes(self) -> int:
        return 8 * len(self.counts)

    @property
    def timers(self) -> int:
        return 0

    @property
    def members(self) -> dict[str, int]:
        return {}

    @property
    def waiting_triggers(self) -> dict[tuple[str, str], int]:
        return {}

    @property
    def unaware(self) -> dict[str, int]:
        return {}

    def must_wait(self, instant: int) -> bool:
        return False

    def load(self, key: bytes, value: bytes | None) -> None:
        assert value is not None
        self.counts[key[1:].decode()] = int(value)

    def ready(self) -> None:
        pass

    def build(self, most: int | None) -> bool:
        return True

    def apply(self, record: Event, wall: int | None) -> None:
        if record.time > self.now:
            self.now = record.time
        contact = record.contact
        count = self.overlay.get(contact)
        if count is None:
            count = self.counts.get(contact, 0)
        count += 1
        self.overlay[contact] = count
        if count % self.told == 0:
            self.outcomes.append(
                Outcome(
                    FIRED,
                    "counted",
                    contact,
                    None,
                    None,
                    self.now,
                    self.now,
                    str(count),
                    "r",
                    {},
                    [],
                )
            )

    def advance(self, now: int, wall: int | None, limit: int | None = None) -> bool:
        return True

    def take(self) -> Batch:
        changes = [(b"c" + key.encode(), b"%d" % count) for key, count in self.overlay.items()]
        batch = Batch(self.outcomes, changes)
        self.outcomes = []
        return batch

    def install(self) -> None:
        self.counts.update(self.overlay)
        self.overlay = {}

    def rollback(self) -> None:
        self.overlay = {}
        self.outcomes = []


def counting_engine() -> Engine:
    """One that counts contacts; products are taken and change nothing."""
    return Engine(lambda *_: CountingTask(), lambda _: IgnoringTask())


class IgnoringTask(CountingTask):
    """Takes records and keeps nothing."""

    def apply(self, record: Any, wall: int | None) -> None:
        pass
