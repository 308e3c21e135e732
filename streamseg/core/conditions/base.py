"""The base of all conditions: the three answers that each gives, and the context of a question."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

from streamseg.core.contacts.contact import Contact
from streamseg.core.events import Event
from streamseg.core.features.base import FOREVER, Feature, States
from streamseg.core.products.facts import ProductFacts
from streamseg.core.segments.dependencies import Dependency
from streamseg.core.segments.preconditions import Precondition

if TYPE_CHECKING:
    from streamseg.core.conditions.in_segment import InSegment
    from streamseg.core.conditions.moved import Moved
    from streamseg.core.conditions.predicted import Predicted
    from streamseg.core.features.cart import Cart
    from streamseg.core.labels.rfm import Rfm
    from streamseg.core.segments.segment import Segment

# None: unknown, since a feature that the condition asks about is not remembered from the beginning.
Truth = bool | None
Anchor = int | str  # names an episode: the instant that opened it, or a text
Answer = tuple[Truth, int]
NO_STATES: Final[States] = {}
ALL_KEPT: Final[dict[int, int]] = {}  # as a ``kept_since``: all from the beginning
SINCE_EVER: Final = -FOREVER  # as a "since": for as long as anything is remembered
NEVER: Final[Answer] = (False, FOREVER)
UNKNOWN: Final[Answer] = (None, FOREVER)
ALWAYS: Final[Answer] = (True, FOREVER)


class EvalContext:
    """One contact (and key) as a condition sees it.

    - ``contact``: the contact itself
    - ``features``, ``key_features``: the states of the contact's features, and of the key's
    - ``kept_since``, ``key_kept_since``: by column, since when a feature is remembered; only for
      features that are not remembered from the contact's beginning
    - ``key``, ``facts``: the key, and its facts where it is a product
    - ``instant``, ``rung``: the instant and the rung that are evaluated
    - ``inside``: whether the contact is on that rung so far
    - ``last_anchor``: the anchor of the last entry (None: the contact never entered)
    - ``slot``: that of the membership (None: there is none yet)
    - ``has_merged``: whether ids were merged into the contact; only told to an explanation
    - ``event``: the event that an instant rule fires for, or that a message's context may name
    """

    __slots__ = (
        "contact",
        "event",
        "facts",
        "features",
        "has_merged",
        "inside",
        "instant",
        "kept_since",
        "key",
        "key_features",
        "key_kept_since",
        "last_anchor",
        "rung",
        "slot",
    )

    def __init__(self) -> None:
        """A context of nobody: ``look_at`` or ``look_at_key`` follows."""
        self.features = NO_STATES
        self.key_features = NO_STATES
        self.key: str | None = None
        self.facts: ProductFacts | None = None
        self.inside = self.has_merged = False
        self.instant = 0
        self.rung = 0
        self.last_anchor: Anchor | None = None
        self.event: Event | None = None
        self.contact: Contact | None = None
        self.kept_since = ALL_KEPT
        self.slot: list[Any] | None = None
        self.key_kept_since = ALL_KEPT

    def look_at(self, contact: Contact) -> EvalContext:
        """Look at a contact itself, without a key; returns this context."""
        self.contact, self.features, self.kept_since = contact, contact.features, contact.kept_since
        self.key = self.facts = None
        self.key_features, self.key_kept_since = NO_STATES, ALL_KEPT
        return self

    def look_at_key(
        self,
        contact: Contact,
        key_group: int,
        key: str,
        features: States,
        facts: ProductFacts | None,
    ) -> EvalContext:
        """Look at a contact and one of its keys, with the key's features; returns this context."""
        self.contact, self.features, self.kept_since = contact, contact.features, contact.kept_since
        self.key, self.facts, self.key_features = key, facts, features
        self.key_kept_since = contact.key_kept_since.get(key_group, ALL_KEPT)
        return self

    def known_since(self, column: int, keyed: bool) -> int | None:
        """Since when the feature in a column is remembered; None: from the beginning."""
        since = self.key_kept_since if keyed else self.kept_since
        return since.get(column) if since else None


class Part:
    """A node of an explanation: one condition at an instant, and the parts it is made of.

    ``truth`` and ``change`` are what `Condition.at` answers. The methods take the context and the
    instant of the explanation.
    """

    __slots__ = ("change", "condition", "parts", "truth")

    def __init__(self, condition: Condition, answer: Answer, parts: Sequence[Part] = ()) -> None:
        self.condition = condition
        self.truth, self.change = answer
        self.parts = parts

    def why(self, ctx: EvalContext, instant: int) -> list[str]:
        """What is the case, in sentences, as a trigger's ``why`` has them."""
        return self.condition.words(ctx, instant, self.parts)

    def since(self, ctx: EvalContext, instant: int) -> int | None:
        """The instant at which it began to be so; None: not known."""
        return self.condition.since_of(ctx, instant, self)


class Registry(Protocol):
    """What conditions register with when they are bound: it gives each feature a column."""

    def column(self, feature: Feature) -> int:
        """The column of a feature; features with the same column key share one."""

    def feature(self, column: int) -> Feature:
        """The feature in a column: it has all that conditions ask of it, once all are bound."""

    def refer(self, condition: InSegment) -> None:
        """Ask for the segment that a condition names to be linked to it."""

    def keep_moves(self, condition: Moved) -> None:
        """Ask for the moves of a condition's label to be kept, and that segment to be linked."""

    def follow_up(self, predicted: Predicted) -> None:
        """Ask for a prediction to be followed up; only the first of a segment is."""

    def read_as_date(self, path: str) -> None:
        """Ask for values of an attribute that are no dates to be counted."""

    def use_table(self, label: Rfm) -> None:
        """Ask for quantile tables of a label; each new one has its segments evaluated."""


class Condition(ABC):
    """A predicate over (contact, instant) that knows when time alone can change it.

    ``needs_facts``: it never holds of a product without known facts. ``word`` names the
    condition in an explanation; empty: it does not appear there, as no rule writes it.
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
        """Whether it holds at ``instant`` (None: unknown), and a later instant before which time
        alone does not change the answer (FOREVER: time never does).

        ``instant`` is not before any event that the features remember.
        """

    @abstractmethod
    def dependencies(self) -> list[Dependency]:
        """What events can do to it: one dependency for each feature that it asks for and reads."""

    def asked_segments(self) -> list[Segment]:
        """The segments whose members, or moves of a label, it asks about: as these are evaluated,
        it may change.
        """
        return []

    def preconditions(self) -> list[Precondition]:
        """Parts without which it cannot hold."""
        return []

    def use_cart(self, cart: Cart) -> None:  # noqa: B027 - most ask nothing of a cart
        """Ask ``cart``, a cart with other settings, what it would else ask the default cart."""

    def is_changed_by(self, before: ProductFacts, after: ProductFacts) -> bool:
        """Whether this change of the product's facts can change the answers."""
        return False

    def explain(self, ctx: EvalContext, instant: int) -> Part:
        """The explanation at ``instant``: the condition, and each part of it."""
        return Part(self, self.at(ctx, instant))

    def why(self, ctx: EvalContext, instant: int) -> list[str]:
        """Sentences that say why it holds at ``instant``: those of the explanation, without making
        one, as each trigger has them.
        """
        return self.words(ctx, instant, ())

    def words(self, ctx: EvalContext, instant: int, parts: Sequence[Part]) -> list[str]:
        """What is the case, in sentences; ``parts`` are those of the explanation."""
        return []

    def asks(self) -> str:
        """What the condition asks, in words."""
        return ""

    def saw(self, ctx: EvalContext, instant: int) -> dict[str, Any]:
        """The figures that it compares, by name; names that end in ``_at`` are of instants."""
        return {}

    def since_of(self, ctx: EvalContext, instant: int, part: Part) -> int | None:
        """The answer of `Part.since` for ``part``, this condition's node of the explanation."""
        return self.held_from(ctx, instant, part.truth)

    def held_from(self, ctx: EvalContext, instant: int, truth: Truth) -> int | None:
        """When it began to have the ``truth`` of ``instant``: just before, it had another. None
        where what is remembered does not tell. For conditions without parts.
        """
        return None

    def known_from(self, ctx: EvalContext) -> int | None:
        """Since when what it asks about is remembered; None: from the beginning. A condition with
        parts leaves this to its parts.
        """
        return remembered_from(self.dependencies(), ctx)


def remembered_from(dependencies: Sequence[Dependency], ctx: EvalContext) -> int | None:
    """Since when the feature of the first dependency is remembered; None: from the beginning."""
    return ctx.known_since(dependencies[0].column, dependencies[0].keyed) if dependencies else None
