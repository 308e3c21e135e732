"""The moment at which the triggers of a contact are asked, and what caused it."""

from __future__ import annotations

from streamseg.core.events import Event


class Moment:
    """An instant at which triggers are asked.

    ``at_once``: an ``event`` or a product's change is the cause, so decisions are told at once;
    else time alone is.
    """

    __slots__ = ("at_once", "event", "instant")

    def __init__(self, instant: int, event: Event | None = None, at_once: bool = False) -> None:
        self.instant = instant
        self.event = event
        self.at_once = at_once or event is not None
