"""``interest``: the contact showed interest in the product."""

from __future__ import annotations

from streamseg.core.conditions.base import ALWAYS, NEVER, Answer, Condition, Frame, Registry
from streamseg.core.effects import ANY, Effect
from streamseg.core.features.base import FOREVER
from streamseg.core.features.cart import Cart
from streamseg.core.features.interest import Interest
from streamseg.core.features.last_interest import LastInterest
from streamseg.core.products import ProductFacts
from streamseg.core.timestamps import format_clock


class ShowedInterest(Condition):
    """Interest in the key's product in (t - within, t] (None: up to t); only of times when it was
    out of stock where ``out_of_stock``.
    """

    def __init__(self, by: tuple[str, ...], within: int | None, out_of_stock: bool) -> None:
        self._by = by
        self._within = within
        self._out_of_stock = out_of_stock
        self._place = 0

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        assert keyed is not None, "interest needs a segment per product"
        self._place = place_interest(Interest(self._by), contact, keyed)

    def effects(self) -> list[Effect]:
        return [Effect(self._place, ANY, keyed=True)]

    def _last(self, frame: Frame) -> int | None:
        for shown in reversed(frame.keyed.get(self._place, ())):
            if not self._out_of_stock or (frame.facts and frame.facts.was_out_at(shown)):
                last: int = shown
                return last
        return None

    def at(self, frame: Frame, instant: int) -> Answer:
        last = self._last(frame)
        if last is None:
            return without_interest(frame, self._place, instant, self._within)
        if self._within is None:
            return ALWAYS
        due = last + self._within
        return (True, due) if instant < due else NEVER

    def depends_on(self, before: ProductFacts, after: ProductFacts) -> bool:
        return self._out_of_stock and before.turns != after.turns

    def why(self, frame: Frame, instant: int) -> list[str]:
        last = self._last(frame)
        if last is None:
            while_out = " while it was out of stock" if self._out_of_stock else ""
            return [f"no interest in {frame.key}{while_out}"]
        return [f"showed interest in {frame.key} at {format_clock(last, instant)}"]


def without_interest(frame: Frame, place: int, instant: int, within: int | None) -> Answer:
    """The answer where no interest is known of at a place, and only such in a window matters."""
    since = frame.known_since(place, keyed=True)
    end = FOREVER if since is None or within is None else since + within
    return NEVER if since is None or instant >= end else (None, end)


def place_interest(feature: Interest | LastInterest, contact: Registry, keyed: Registry) -> int:
    """The place of a feature of the key's interest, with what of the contact it depends on."""
    if "cart" in feature.by:
        contact.place(Cart())  # it knows which products a snapshot brings
    return keyed.place(feature)
