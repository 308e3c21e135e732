"""``all``, ``any`` and ``not``: answers of three values, composed of the parts' answers.

When can time change an ``all``? While it is false, each false part must change first, so not before
the last of those changes. While it holds, not before the first change of any part. ``any`` mirrors
this.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from streamseg.core.conditions.base import (
    SINCE_EVER,
    Answer,
    Condition,
    EvalContext,
    Part,
    Registry,
    Truth,
)
from streamseg.core.products.facts import ProductFacts
from streamseg.core.segments.dependencies import Dependency, negated
from streamseg.core.segments.preconditions import Precondition

if TYPE_CHECKING:
    from streamseg.core.features.cart import Cart
    from streamseg.core.segments.segment import Segment


class _Combined(Condition):
    _decided_by: bool  # the truth of one part that decides the whole

    def __init__(self, parts: Sequence[Condition]) -> None:
        self.parts = tuple(parts)

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        for part in self.parts:
            part.bind(contact, keyed)

    def dependencies(self) -> list[Dependency]:
        return [dependency for part in self.parts for dependency in part.dependencies()]

    def asked_segments(self) -> list[Segment]:
        return [segment for part in self.parts for segment in part.asked_segments()]

    def at(self, ctx: EvalContext, instant: int) -> Answer:
        settles = self._decided_by
        settled_until = -1
        first = -1
        otherwise: Truth = not settles
        for part in self.parts:
            holds, change = part.at(ctx, instant)
            if holds is settles and change > settled_until:
                settled_until = change
            elif holds is None:
                otherwise = None
            if first < 0 or change < first:
                first = change
        if settled_until >= 0:
            return settles, settled_until
        return otherwise, first

    def explain(self, ctx: EvalContext, instant: int) -> Part:
        parts = [part.explain(ctx, instant) for part in self.parts]
        return Part(self, self.at(ctx, instant), parts)

    def since_of(self, ctx: EvalContext, instant: int, part: Part) -> int | None:
        if part.truth is None:
            return None
        began = [one.since(ctx, instant) for one in part.parts]
        if part.truth is not self._decided_by:  # it began with the last part that came to hold
            known = [since for since in began if since is not None]
            return max(known, default=SINCE_EVER) if len(known) == len(began) else None
        decides = [one.truth is self._decided_by for one in part.parts]
        of_deciding = [since for since, one in zip(began, decides, strict=True) if one]
        first = min((since for since in of_deciding if since is not None), default=None)
        if first is None or first == SINCE_EVER:
            return first
        # It began with the first that decides, if just before none of the others did.
        for since, does in zip(began, decides, strict=True):
            if since is None or since > first or (since == first and not does):
                return None
        return first

    def words(self, ctx: EvalContext, instant: int, parts: Sequence[Part]) -> list[str]:
        return [sentence for part in parts for sentence in part.why(ctx, instant)]

    def use_cart(self, cart: Cart) -> None:
        for part in self.parts:
            part.use_cart(cart)

    def is_changed_by(self, before: ProductFacts, after: ProductFacts) -> bool:
        return any(part.is_changed_by(before, after) for part in self.parts)


class All(_Combined):
    """Every part holds."""

    word = "all"
    _decided_by = False

    def preconditions(self) -> list[Precondition]:
        return [precondition for part in self.parts for precondition in part.preconditions()]

    @property
    def needs_facts(self) -> bool:  # type: ignore[override]
        return any(part.needs_facts for part in self.parts)

    def why(self, ctx: EvalContext, instant: int) -> list[str]:
        return [sentence for part in self.parts for sentence in part.why(ctx, instant)]

    def asks(self) -> str:
        return "all of these"


class AnyOf(_Combined):
    """At least one part holds."""

    word = "any"
    _decided_by = True

    def dependencies(self) -> list[Dependency]:
        dependencies = super().dependencies()
        return (
            dependencies
            if len(self.parts) == 1
            else [one._replace(needed=False) for one in dependencies]
        )

    def words(self, ctx: EvalContext, instant: int, parts: Sequence[Part]) -> list[str]:
        for part in parts:
            if part.truth:
                return part.why(ctx, instant)
        return super().words(ctx, instant, parts)

    def why(self, ctx: EvalContext, instant: int) -> list[str]:
        return self.explain(ctx, instant).why(ctx, instant)

    def asks(self) -> str:
        return "any of these"


class Not(Condition):
    """The part does not hold."""

    word = "not"

    def __init__(self, part: Condition) -> None:
        self.part = part

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        self.part.bind(contact, keyed)

    def dependencies(self) -> list[Dependency]:
        return [negated(dependency) for dependency in self.part.dependencies()]

    def asked_segments(self) -> list[Segment]:
        return self.part.asked_segments()

    def at(self, ctx: EvalContext, instant: int) -> Answer:
        holds, change = self.part.at(ctx, instant)
        return None if holds is None else not holds, change

    def use_cart(self, cart: Cart) -> None:
        self.part.use_cart(cart)

    def is_changed_by(self, before: ProductFacts, after: ProductFacts) -> bool:
        return self.part.is_changed_by(before, after)

    def explain(self, ctx: EvalContext, instant: int) -> Part:
        part = self.part.explain(ctx, instant)
        truth = None if part.truth is None else not part.truth
        return Part(self, (truth, part.change), [part])

    def since_of(self, ctx: EvalContext, instant: int, part: Part) -> int | None:
        return part.parts[0].since(ctx, instant)

    def words(self, ctx: EvalContext, instant: int, parts: Sequence[Part]) -> list[str]:
        return parts[0].why(ctx, instant)  # these sentences say what is the case, true or not

    def why(self, ctx: EvalContext, instant: int) -> list[str]:
        return self.part.why(ctx, instant)

    def asks(self) -> str:
        return "not this"
