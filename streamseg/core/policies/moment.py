"""The instant at which the gates of a contact's triggers are tested, and its cause."""

from __future__ import annotations

from streamseg.core.events import Event


class Moment:
    """An instant at which triggers are asked.

    ``at_once``: the cause is an ``event`` or a product's change, so decisions are told at once;
    otherwise the cause is time alone.
    """

    __slots__ = ("at_once", "event", "instant")

    def __init__(self, instant: int, event: Event | None = None, at_once: bool = False) -> None:
        self.instant = instant
        self.event = event
        self.at_once = at_once or event is not None
