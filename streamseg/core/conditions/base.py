"""The three answers that every condition gives, and what it is asked about."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

from streamseg.core.contact import Contact
from streamseg.core.dependencies import Dependency
from streamseg.core.events import Event
from streamseg.core.features.base import FOREVER, Feature, States
from streamseg.core.preconditions import Precondition
from streamseg.core.products import ProductFacts

if TYPE_CHECKING:
    from streamseg.core.conditions.in_segment import InSegment
    from streamseg.core.conditions.moved import Moved
    from streamseg.core.conditions.predicted import Predicted
    from streamseg.core.features.cart import Cart
    from streamseg.core.labels.rfm import Rfm

# None: it is not known, since what it asks about was not remembered from the beginning.
Truth = bool | None
Anchor = int | str  # of an episode: the instant that opened it, or a text
Answer = tuple[Truth, int]
NO_SINCE: Final[dict[int, int]] = {}
SINCE_EVER: Final = -FOREVER  # where an instant says since when: always, as far as is remembered
NEVER: Final[Answer] = (False, FOREVER)
UNKNOWN: Final[Answer] = (None, FOREVER)
ALWAYS: Final[Answer] = (True, FOREVER)


class EvalContext:
    """One contact (and key) as a condition sees it.

    ``contact``: the contact itself. ``features`` and ``key_features``: the states of its features,
    and of the key's. ``since``: by column, from which instant on a feature was remembered, of those
    that were not remembered from the contact's beginning; ``key_since``: the same of the key's.
    ``key``, ``facts``: the key, and what is known of it where it is a product. ``instant`` and
    ``rung``: for when, and which rung is decided. ``inside``: whether the contact is on it so far.
    ``entered``: the anchor of the last time it entered (None: it never did). ``slot``: that of the
    membership (None: there never was one). ``event``: what an instant rule fires for.
    """

    __slots__ = (
        "contact",
        "entered",
        "event",
        "facts",
        "features",
        "inside",
        "instant",
        "key",
        "key_features",
        "key_since",
        "rung",
        "since",
        "slot",
    )

    def __init__(
        self, features: States, key_features: States, contact: Contact | None = None
    ) -> None:
        self.features = features
        self.key_features = key_features
        self.key: str | None = None
        self.facts: ProductFacts | None = None
        self.inside = False
        self.instant = 0
        self.rung = 0
        self.entered: Anchor | None = None
        self.event: Event | None = None
        self.contact = contact
        self.since = NO_SINCE
        self.slot: list[Any] | None = None
        self.key_since = NO_SINCE

    def known_since(self, column: int, keyed: bool) -> int | None:
        """From when on the feature in a column was remembered; None: ever since."""
        since = self.key_since if keyed else self.since
        return since.get(column) if since else None


class Part:
    """How a condition stands at an instant, and the conditions it is made of.

    ``truth`` and ``change`` are what `Condition.at` answers. The methods are asked with the context
    and the instant that it was explained for.
    """

    __slots__ = ("change", "condition", "parts", "truth")

    def __init__(self, condition: Condition, answer: Answer, parts: Sequence[Part] = ()) -> None:
        self.condition = condition
        self.truth, self.change = answer
        self.parts = parts

    def why(self, ctx: EvalContext, instant: int) -> list[str]:
        """What is, in sentences, for who gets a trigger."""
        return self.condition.words(ctx, instant, self.parts)

    def since(self, ctx: EvalContext, instant: int) -> int | None:
        """From when on it has surely been so, and perhaps for longer; None: nothing tells."""
        return self.condition.since_of(ctx, instant, self)


class Registry(Protocol):
    """Gives each feature a column in the states; features with the same column key share one."""

    def column(self, feature: Feature) -> int:
        """The column of a feature in the states."""

    def refer(self, condition: InSegment) -> None:
        """Have the segment that a condition names linked to it."""

    def keep_moves(self, condition: Moved) -> None:
        """Have the moves of a condition's label kept, and who keeps them linked to it."""

    def follow_up(self, predicted: Predicted) -> None:
        """Have it counted what came of a prediction, where it is the first of its segment."""

    def read_as_date(self, path: str) -> None:
        """Have it counted where an attribute is told as something that is no date."""

    def use_table(self, label: Rfm) -> None:
        """Have tables of a label made, and who asks about it decided anew under each."""


class Condition(ABC):
    """A predicate over (contact, instant) that knows when time alone can change it.

    ``needs_facts``: it never holds of a product of which nothing was told. ``word`` names it in an
    explanation; empty where a rule asks nothing by it.
    """

    needs_facts = False
    word = ""

    @abstractmethod
    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        """Ask for the features that must be remembered for this condition.

        ``keyed`` is the registry of the segment's keys, None where the segment has none.
        """

    @abstractmethod
    def at(self, ctx: EvalContext, instant: int) -> Answer:
        """Whether it holds at ``instant`` (None: that is not known), and a later instant before
        which time alone does not change that (FOREVER: it never does).

        ``instant`` is not before any event that the features remember.
        """

    @abstractmethod
    def dependencies(self) -> list[Dependency]:
        """What events can do to it, one for each feature that it asked for and reads."""

    def preconditions(self) -> list[Precondition]:
        """Parts that it cannot hold without."""
        return []

    def use_cart(self, cart: Cart) -> None:  # noqa: B027 - most ask nothing of a cart
        """Ask of this kind of cart what it asks of the open cart."""

    def is_changed_by(self, before: ProductFacts, after: ProductFacts) -> bool:
        """Whether such a change of the product's facts can change the answers."""
        return False

    def explain(self, ctx: EvalContext, instant: int) -> Part:
        """How it stands at ``instant``, and each part of it."""
        return Part(self, self.at(ctx, instant))

    def why(self, ctx: EvalContext, instant: int) -> list[str]:
        """Sentences that say why it holds at ``instant``: those of the explanation. Each trigger
        has them, so what they do not need is not asked again.
        """
        return self.words(ctx, instant, ())

    def words(self, ctx: EvalContext, instant: int, parts: Sequence[Part]) -> list[str]:
        """What is, in sentences; ``parts`` are those of the explanation."""
        return []

    def asks(self) -> str:
        """What it asks, for people."""
        return ""

    def saw(self, ctx: EvalContext, instant: int) -> dict[str, Any]:
        """The figures that it compares, by name; those whose names end in ``_at`` are instants."""
        return {}

    def since_of(self, ctx: EvalContext, instant: int, part: Part) -> int | None:
        """What ``part``, which explains it, says in `Part.since`."""
        return self.held_from(ctx, instant, part.truth)

    def held_from(self, ctx: EvalContext, instant: int, truth: Truth) -> int | None:
        """From when on it has had the ``truth`` that it has at ``instant``; if it has no parts."""
        return None

    def known_from(self, ctx: EvalContext) -> int | None:
        """From when on what it asks about is remembered; None: from the beginning. Of a condition
        with parts each says its own.
        """
        return remembered_from(self.dependencies(), ctx)


def remembered_from(dependencies: Sequence[Dependency], ctx: EvalContext) -> int | None:
    """From when on the feature that is depended on first was remembered; None: ever since."""
    return ctx.known_since(dependencies[0].column, dependencies[0].keyed) if dependencies else None
