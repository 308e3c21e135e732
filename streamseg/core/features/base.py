"""What every feature has, and what it is updated with."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Final, Self

import msgspec

from streamseg.core.events import Event
from streamseg.core.policies.noticed import Noticed

if TYPE_CHECKING:
    from streamseg.core.counting.exposures import Book
    from streamseg.core.predicates import Number, Where
    from streamseg.core.products import ProductFacts
    from streamseg.core.store import Store

States = dict[int, Any]
FOREVER: Final = 1 << 60  # an instant that never comes; twice it fits a machine word

# What an event was to a feature.
IGNORED: Final = 0  # none of its events
UNCHANGED: Final = 1  # one of them, but no condition can see a difference
CHANGED: Final = 2

INSTANT_BYTES: Final = 9  # as it lies in state
LIST_BYTES: Final = 3
# Of how many events, products or values a typical contact is made.
USUAL: Final = 5


def wider(one: int | None, other: int | None) -> int | None:
    """The window (ms) that holds two; None is all time."""
    return None if one is None or other is None else max(one, other)


class Memory(msgspec.Struct, frozen=True):
    """What a feature remembers of one contact (or key), in words and bytes.

    ``typical`` and ``most`` are bytes of its encoded state; ``approximate`` says from where on it
    is not exact (empty: it always is).
    """

    what: str
    until: str
    typical: int
    most: int
    approximate: str = ""


class UpdateContext:
    """What a feature is updated with besides the event.

    ``key``: that of a parametric segment. ``products``: what is known of them, where keys are
    products. ``new_in_cart``: the products that the event brought into the cart. ``since``: by
    column, from when on a feature was remembered, of those that were not from the contact's
    beginning. ``book`` counts what came of exposures, where that is counted; ``has_spent``: the
    event changed what the contact has spent. ``noticed`` counts what is odd in messages.
    """

    __slots__ = ("book", "has_spent", "key", "new_in_cart", "noticed", "products", "since")

    def __init__(self) -> None:
        self.book: Book | None = None
        self.has_spent = False
        self.noticed = Noticed()
        self.since: dict[int, int] = {}
        self.key: str | None = None
        self.new_in_cart: frozenset[str] = frozenset()
        self.products: Store[ProductFacts] | None = None

    @property
    def facts(self) -> ProductFacts | None:
        """What is known of the product ``key``."""
        if self.products is None or self.key is None:
            return None
        return self.products.get(self.key)


class Feature(ABC):
    """Remembers something of the events of ``types``, or (None) of every activity, and of those of
    ``besides``.

    Features with the same ``column_key`` share a column. ``where`` is a test of the events' data,
    made before the feature is given an event.
    """

    types: tuple[str, ...] | None
    besides: tuple[str, ...] = ()
    where: Where | None
    has_total = False  # conditions ask for its total
    outlives_objection = False  # it is an answer, and no profile
    adds_up_to_0 = False  # where there is nothing to add up: conditions see 0, and not nothing

    @property
    def events(self) -> tuple[Any, ...]:
        """Names which events are of it: features of the same events have the same."""
        return self.column_key

    def total(self, state: Any) -> Number | None:
        """The total of a state, or an upper bound of it; None where there is nothing to add."""
        raise NotImplementedError

    @property
    @abstractmethod
    def column_key(self) -> tuple[Any, ...]:
        """Features with the same one remember the same events."""

    @property
    @abstractmethod
    def id(self) -> str:
        """Names what is remembered; state written under an id can be read under it."""

    @property
    @abstractmethod
    def memory(self) -> Memory:
        """What is remembered, for how long, and about how many bytes."""

    @abstractmethod
    def widen(self, other: Self) -> None:
        """Remember also what the other one needs."""

    def reads(self) -> list[str]:
        """The fields of events that it looks at, by their paths; those of the contact begin with
        ``attributes.``.
        """
        return [] if self.where is None else self.where.paths

    def adopts(self, former: str) -> bool:
        """Whether a state that was written under another id can be made one of this feature."""
        return False

    def adopt(self, state: Any, former: str, instant: int) -> int | None:
        """Make a state one of this feature, at an instant; from when on it remembers all that this
        one does (None: from the beginning).
        """
        raise NotImplementedError

    def shown(self, state: Any, instant: int) -> tuple[str, str, Any] | None:
        """What a person is shown of a state at an instant: `attributes` or `cart`, a name in it,
        and the value; None where it is neither.
        """
        return None

    def aged(self) -> AgedFeature | None:
        """Itself, where conditions ask about its age; else None."""
        return None

    def divide(self, keys: int) -> None:  # noqa: B027 - most keep little of each
        """Keep less of each key, so that what is kept of so many ``keys`` fits into a record."""

    @abstractmethod
    def update(self, states: States, column: int, event: Event, ctx: UpdateContext) -> int:
        """Put an event of ``types`` that passes ``where`` in its place in ``states[column]``;
        what it was to this feature.
        """

    @abstractmethod
    def join(self, older: Any, newer: Any, ctx: UpdateContext) -> Any:
        """The state that remembers what two states remember; neither is altered.

        It is that of all events of ``older`` and then, late or not, all of ``newer``: so what
        both tell of one instant is as ``newer`` has it, where the later arrival counts. A feature
        that cannot keep to that says so. Of ``ctx`` only the key and the products are read.
        """

    def one_episode(self, older: Any, newer: Any) -> tuple[int, ...]:
        """Where joining two states makes one episode of two: the instants that opened them."""
        return ()


def joined(feature: Feature, older: Any, newer: Any, ctx: UpdateContext) -> Any:
    """The state that remembers what two states remember, where either may be missing (None)."""
    if older is None or newer is None:
        return newer if older is None else older
    return feature.join(older, newer, ctx)


def events_of_types(feature: Feature) -> tuple[Any, ...]:
    """The ``events`` of a feature of all that are of its types and pass its test."""
    return (feature.types, "" if feature.where is None else feature.where.text)


class SharedFeature(Feature):
    """A feature that is the same as every other one with its column key."""

    @property
    def id(self) -> str:
        """The column key says all."""
        return repr(self.column_key)

    def widen(self, other: Self) -> None:
        """Nothing: the other one needs the same."""
        assert other.column_key == self.column_key


class AgedFeature(SharedFeature):
    """A feature whose age conditions ask about.

    ``max_age`` is the age (ms) at which time alone changes it; FOREVER: it never does.
    """

    max_age: int

    def aged(self) -> AgedFeature | None:
        return self

    @abstractmethod
    def since(self, state: Any) -> int | None:
        """The instant that its age counts from; None where there is none."""

    @abstractmethod
    def expire(self, states: States, column: int, instant: int) -> bool:
        """Change the state as time alone does by ``instant``; whether it did."""
