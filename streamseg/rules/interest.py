"""The kind of value for ways of showing interest in a product."""

from __future__ import annotations

from streamseg.core.features.interest import EVENTS_OF
from streamseg.rules.kinds import Choice, ListOf


class Interests(ListOf):
    """One way or several: `viewed`, `wishlist`, `cart`, `requested`."""

    def __init__(self) -> None:
        super().__init__(Choice(*EVENTS_OF), or_one=True)
