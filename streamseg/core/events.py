"""Events as the engine sees them: checked, with their time as an instant."""

from __future__ import annotations

from typing import Any, Final

AHEAD_MS: Final = 5 * 60_000  # how far an event's time may be after its arrival
UNKNOWN: Final = 1 << 60  # as the arrival of an event: it is not known, and moves no time


class Event:
    """Something that happened to a contact.

    ``name`` stands in for ``id`` where the sender gave none (topic-partition-offset, or line:N);
    such an event is never taken for a duplicate. ``arrival`` is when Kafka got the event, or the
    earlier time at which a system before it did (ms); see `arrive`.
    """

    __slots__ = ("arrival", "contact", "data", "id", "name", "time", "type")

    def __init__(
        self,
        type: str,
        contact: str,
        time: int,
        data: dict[str, Any],
        id: str | None = None,
        name: str = "",
        arrival: int = UNKNOWN,
    ) -> None:
        self.type = type
        self.contact = contact
        self.time = time
        self.data = data
        self.id = id
        self.name = name
        self.arrival = arrival

    @property
    def reaches(self) -> int:
        """The instant up to which it advances the time of its partition: its own time, but never
        beyond its arrival.
        """
        return min(self.arrival, self.time)


class ProductEvent:
    """Something that happened to a product: to its stock, its price or its description."""

    __slots__ = ("arrival", "data", "id", "name", "product", "time", "type")

    def __init__(
        self,
        type: str,
        product: str,
        time: int,
        data: dict[str, Any],
        id: str | None = None,
        name: str = "",
        arrival: int = UNKNOWN,
    ) -> None:
        self.type = type
        self.product = product
        self.time = time
        self.data = data
        self.id = id
        self.name = name
        self.arrival = arrival

    @property
    def reaches(self) -> int:
        """The instant up to which it advances the time of its partition: its own time, but never
        beyond its arrival.
        """
        return min(self.arrival, self.time)


def arrive(event: Event | ProductEvent, recorded: int) -> bool:
    """Set the arrival of an event whose record was written at ``recorded`` (ms; below 0: unknown).

    The earlier of this and the event's own ``received`` counts. An event that is dated more than
    `AHEAD_MS` after its arrival gets its arrival as its time. Returns whether that was so.
    """
    if 0 <= recorded < event.arrival:
        event.arrival = recorded
    if event.time - event.arrival > AHEAD_MS:
        event.time = event.arrival
        return True
    return False
