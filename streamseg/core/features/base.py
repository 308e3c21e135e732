"""The base of all features, and what a feature is updated with."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Final, Self

import msgspec

from streamseg.core.events import Event
from streamseg.core.rule_metrics import RuleMetrics

if TYPE_CHECKING:
    from streamseg.core.counting.exposure_counter import ExposureCounter
    from streamseg.core.products.facts import ProductFacts
    from streamseg.core.store import Store
    from streamseg.core.values.predicates import Number, Where

States = dict[int, Any]
FOREVER: Final = 1 << 60  # an instant that never comes; the sum of two fits a machine word

# What `Feature.update` answers.
IGNORED: Final = 0  # the event is none of the feature's events
UNCHANGED: Final = 1  # it is one of them, but no condition can see a difference
CHANGED: Final = 2

INSTANT_BYTES: Final = 9  # of an instant in state
LIST_BYTES: Final = 3
USUAL: Final = 5  # how many events, products or values a typical contact has


def wider(one: int | None, other: int | None) -> int | None:
    """The larger of two windows (ms); None is all time."""
    return None if one is None or other is None else max(one, other)


class Memory(msgspec.Struct, frozen=True):
    """What a feature remembers of one contact (or key), in words and bytes.

    ``until`` says when it is forgotten. ``typical`` and ``most`` are the bytes of its encoded
    state. ``approximate`` says where it is not exact (empty: it always is exact).
    """

    what: str
    until: str
    typical: int
    most: int
    approximate: str = ""


class UpdateContext:
    """What a feature is updated with besides the event.

    - ``key``: the key whose feature is updated (None: a feature of the contact)
    - ``products``: the facts of products, where keys are products
    - ``new_in_cart``: the products that the event has added to the cart
    - ``maybe_new_in_cart``: the products that it may have added: what was in the cart before is not
      known, since carts were remembered only later
    - ``kept_since``: by column (of the contact, or of the key's key group), since when a feature is
      remembered; only features that are not remembered from the contact's beginning
    - ``exposure_counter``: counts exposures and orders, where rules ask for them
    - ``has_new_spending``: whether the event changed what the contact has spent
    - ``rule_metrics``: figures about the events, for metrics
    """

    __slots__ = (
        "exposure_counter",
        "has_new_spending",
        "kept_since",
        "key",
        "maybe_new_in_cart",
        "new_in_cart",
        "products",
        "rule_metrics",
    )

    def __init__(self) -> None:
        self.exposure_counter: ExposureCounter | None = None
        self.has_new_spending = False
        self.rule_metrics = RuleMetrics()
        self.kept_since: dict[int, int] = {}
        self.key: str | None = None
        self.maybe_new_in_cart: frozenset[str] = frozenset()
        self.new_in_cart: frozenset[str] = frozenset()
        self.products: Store[ProductFacts] | None = None

    def is_unknown_last(self, column: int, time: int) -> bool:
        """Whether an event that is the only one remembered may not be the last one that happened,
        as it comes late, from before the feature in a column was remembered.
        """
        return time < self.kept_since.get(column, time)

    @property
    def facts(self) -> ProductFacts | None:
        """The facts of the product ``key``; None where none are known."""
        if self.products is None or self.key is None:
            return None
        return self.products.get(self.key)


class Feature(ABC):
    """Remembers something of the events of ``types`` (None: of all activity) and of ``besides``.

    Features with the same ``column_key`` share a column. ``where`` tests the data of an event
    before the feature gets it.
    """

    types: tuple[str, ...] | None
    besides: tuple[str, ...] = ()
    where: Where | None
    has_total = False  # whether preconditions test its total
    asks_what_is_new = False  # its states cannot say that a snapshot may have added a product
    is_of_last = False  # it remembers only the last event, in a state that begins with its instant
    is_told_whole = False  # one event may tell all that it remembers
    outlives_objection = False  # an objection to profiling does not delete it: it is an answer
    adds_up_to_0 = False  # whether conditions see 0 where there is nothing to add up

    @property
    def events(self) -> tuple[Any, ...]:
        """Says which events are the feature's: equal where two features have the same events."""
        return self.column_key

    def total(self, state: Any) -> Number | None:
        """The total of a state, or an upper bound of the total; None where
        there is nothing to add.
        """
        raise NotImplementedError

    @property
    @abstractmethod
    def column_key(self) -> tuple[Any, ...]:
        """Features with the same column key remember the same events, and share a column."""

    @property
    @abstractmethod
    def id(self) -> str:
        """Names what is remembered: state that was written under an id can be read under it."""

    @property
    @abstractmethod
    def memory(self) -> Memory:
        """What is remembered, for how long, and about how many bytes."""

    @abstractmethod
    def widen(self, other: Self) -> None:
        """Remember also what another feature of the same column needs."""

    def reads(self) -> list[str]:
        """The paths of the fields of events that it reads; paths of the contact's attributes begin
        with ``attributes.``.
        """
        return [] if self.where is None else self.where.paths

    def adopts(self, former: str) -> bool:
        """Whether this feature can take over a state that was written under the id ``former``."""
        return False

    def adopt(self, state: Any, former: str, instant: int) -> int | None:
        """Convert a state of the feature ``former`` at an instant. Returns since when the state has
        all that this feature remembers (None: from the beginning).
        """
        raise NotImplementedError

    def complete_from(self, kept: Any) -> int:
        """The instant from which on a state has each matching event by itself. -FOREVER: it has all
        of them; FOREVER: it keeps none by itself.
        """
        return FOREVER

    def knows_last(self, kept: Any) -> bool:
        """Whether the last event in a state is the last one that happened."""
        return True

    def is_full(self, kept: Any) -> bool:
        """Whether a state may lack something for want of room."""
        return False

    def shown(self, state: Any, instant: int) -> tuple[str, str, Any] | None:
        """What the page of a contact shows of a state: `attributes` or `cart`, the name in it, and
        the value; None where the feature is neither.
        """
        return None

    @abstractmethod
    def readable(self, state: Any) -> Any:
        """A state as a person can read it and a program, too: fields by name, instants in RFC 3339,
        numbers as they were told. Of what is kept as a hash, its hexadecimal digits.
        """

    def aged(self) -> AgedFeature | None:
        """This feature, where conditions ask about its age; else None."""
        return None

    def divide(self, keys: int) -> None:  # noqa: B027 - most keep little of each
        """Keep so little of each key that ``keys`` of them fit into a record."""

    @abstractmethod
    def update(self, states: States, column: int, event: Event, ctx: UpdateContext) -> int:
        """Apply an event, which is of the feature's types and passes ``where``, to
        ``states[column]``, at its place by time. Returns IGNORED, UNCHANGED or CHANGED.
        """

    @abstractmethod
    def join(self, older: Any, newer: Any, ctx: UpdateContext) -> Any:
        """The state that remembers what two states remember; neither is altered.

        It is the state after all events of ``older`` and then, late or not, all of ``newer``. So if
        both have something at the same instant, and the later arrival counts, ``newer`` wins. A
        feature that works in another way documents it. Of ``ctx`` only the key and the products are
        read.
        """

    def one_episode(self, older: Any, newer: Any) -> tuple[int, ...]:
        """When the two episodes began that become one by joining two states; empty if none do."""
        return ()


def joined(feature: Feature, older: Any, newer: Any, ctx: UpdateContext) -> Any:
    """`Feature.join` of two states of which either may be missing (None)."""
    if older is None or newer is None:
        return newer if older is None else older
    return feature.join(older, newer, ctx)


def events_of_types(feature: Feature) -> tuple[Any, ...]:
    """The ``events`` of a feature that takes all events that are of its types and pass its test."""
    return (feature.types, "" if feature.where is None else feature.where.text)


class SharedFeature(Feature):
    """A feature that equals every other feature with the same column key."""

    @property
    def id(self) -> str:
        """The column key says everything."""
        return repr(self.column_key)

    def widen(self, other: Self) -> None:
        """Nothing to do: the other feature has the same needs."""
        assert other.column_key == self.column_key


class AgedFeature(SharedFeature):
    """A feature whose age conditions ask about.

    ``max_age`` is the age (ms) at which time alone changes it; FOREVER: it never does.
    """

    max_age: int

    def aged(self) -> AgedFeature | None:
        return self

    @abstractmethod
    def ages_from(self, state: Any) -> int | None:
        """The instant from which the age counts; None where there is none."""

    @abstractmethod
    def expire(self, states: States, column: int, instant: int) -> bool:
        """Change the state as time alone does by ``instant``; returns whether it changed."""
