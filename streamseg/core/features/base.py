"""What every feature has, and what an event is applied with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, Self

import msgspec

from streamseg.core.events import Event

if TYPE_CHECKING:
    from streamseg.core.products import ProductFacts

States = dict[int, Any]
FOREVER = 1 << 62  # an instant that never comes


class Moment(msgspec.Struct, gc=False):
    """What an event is applied with, besides itself.

    ``key`` is the key of a parametric segment; ``new_in_cart`` the products that the event
    brought into the cart; ``facts_of`` gives what is known of a product, where keys are products.
    """

    key: str | None = None
    new_in_cart: frozenset[str] = frozenset()
    facts_of: Callable[[str], ProductFacts | None] | None = None

    @property
    def facts(self) -> ProductFacts | None:
        """What is known of the product ``key``."""
        return self.facts_of(self.key) if self.facts_of and self.key is not None else None


class Feature(Protocol):
    """Remembers something of the events of ``types`` (None: of every activity).

    ``group`` says which features can be one: those of one group are merged.
    """

    types: tuple[str, ...] | None

    @property
    def group(self) -> tuple[Any, ...]:
        """Features of the same group remember the same events."""

    @property
    def id(self) -> str:
        """Names what is remembered; state written under an id can be read under it."""

    def merge(self, other: Self) -> None:
        """Remember also what the other one needs."""

    def update(self, states: States, place: int, event: Event, moment: Moment) -> bool:
        """Put the event where it belongs in ``states[place]``; whether it was of this feature."""


class Expiring(Protocol):
    """A feature that time alone changes."""

    def expiry(self, state: Any) -> int:
        """The instant at which time changes the state; FOREVER where it does not."""

    def expire(self, states: States, place: int, instant: int) -> None:
        """Make the change that time brings at ``instant``."""
