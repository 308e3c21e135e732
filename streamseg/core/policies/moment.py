"""An instant at which the triggers of a contact are asked."""

from __future__ import annotations

from streamseg.core.events import Event


class Moment:
    """An instant of a contact: by which ``event`` it is one, or whether by a product's change.

    ``at_once``: by one of both, so what is decided is told at once; else time alone has come to it.
    """

    __slots__ = ("at_once", "event", "instant")

    def __init__(self, instant: int, event: Event | None = None, at_once: bool = False) -> None:
        self.instant = instant
        self.event = event
        self.at_once = at_once or event is not None
