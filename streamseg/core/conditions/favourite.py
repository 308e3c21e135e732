"""``favourite``: the value that a contact's recent events name most; and the first few, for a
context.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from streamseg.core.conditions.base import (
    UNKNOWN,
    Answer,
    Condition,
    EvalContext,
    Part,
    Registry,
)
from streamseg.core.conditions.context_only import ContextOnly
from streamseg.core.features.base import FOREVER
from streamseg.core.features.favourites import PERIODS, VALUE, Favourites, lapses_at, ranked
from streamseg.core.segments.dependencies import ANY, Dependency


class FavouriteIs(Condition):
    """The value of the highest score is one of ``values``."""

    word = "favourite"

    def __init__(self, name: str, feature: Favourites, values: frozenset[str]) -> None:
        self._name = name
        self._feature = feature
        self._values = values
        self._column = 0

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        self._column = contact.column(self._feature)

    def dependencies(self) -> list[Dependency]:
        return [Dependency(self._column, ANY)]

    def at(self, ctx: EvalContext, instant: int) -> Answer:
        half_life = self._feature.half_life
        since = ctx.known_since(self._column, False)
        if since is not None:
            known = (since // half_life + PERIODS) * half_life
            if instant < known:
                return UNKNOWN[0], known
        kept = ctx.features.get(self._column)
        if not kept:
            return False, FOREVER
        period = instant // half_life
        first = ranked(kept, period)[:1]
        lapse = lapses_at(kept, period)
        holds = bool(first) and first[0][VALUE] in self._values
        return holds, FOREVER if lapse < 0 else lapse * half_life

    def _first(self, ctx: EvalContext, instant: int) -> str | None:
        kept = ctx.features.get(self._column) or []
        first = ranked(kept, instant // self._feature.half_life)[:1]
        return first[0][VALUE] if first else None

    def words(self, ctx: EvalContext, instant: int, parts: Sequence[Part]) -> list[str]:
        return [f"favourite of {self._name} is {self._first(ctx, instant) or 'none'}"]

    def asks(self) -> str:
        return f"favourite of {self._name} is {' or '.join(sorted(self._values))}"

    def saw(self, ctx: EvalContext, instant: int) -> dict[str, Any]:
        return {self._name: self._first(ctx, instant)}


class FavouritesContext(ContextOnly):
    """The first ``top`` values of each favourites, by its name."""

    def __init__(self, features: dict[str, tuple[Favourites, int]]) -> None:
        self._features = features
        self._columns: dict[str, int] = {}

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        self._columns = {
            name: contact.column(feature) for name, (feature, _) in self._features.items()
        }

    def context(self, ctx: EvalContext) -> dict[str, Any]:
        """The values, the best first."""
        assert ctx.contact is not None
        instant = ctx.contact.latest
        told: dict[str, list[str]] = {}
        for name, (feature, top) in self._features.items():
            kept = ctx.features.get(self._columns[name]) or []
            best = ranked(kept, instant // feature.half_life)[:top]
            told[name] = [entry[VALUE] for entry in best]
        return {"favourites": told}
