"""Conditions on a label, and on the scores of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from streamseg.core.conditions.base import (
    Answer,
    Condition,
    EvalContext,
    Part,
    Registry,
)
from streamseg.core.labels.base import UNKNOWN, Label
from streamseg.core.labels.rfm import Rfm
from streamseg.core.segments.dependencies import Dependency
from streamseg.core.values.predicates import Comparison


class LabelIs(Condition):
    """The contact's label is one of these names."""

    word = "label"

    def __init__(self, label: Label, names: tuple[str, ...]) -> None:
        self._label = label
        self._names = names
        self._wanted = frozenset(label.names.index(name) for name in names)

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        self._label.bind(contact)

    def dependencies(self) -> list[Dependency]:
        return self._label.dependencies()

    def at(self, ctx: EvalContext, instant: int) -> Answer:
        value, change = self._label.at(ctx, instant)
        return None if value == UNKNOWN else value in self._wanted, change

    def words(self, ctx: EvalContext, instant: int, parts: Sequence[Part]) -> list[str]:
        word = self._label.word(self._label.at(ctx, instant)[0])
        return [f"{self._label.name} is {word}"]

    def asks(self) -> str:
        return f"{self._label.name} is {' or '.join(self._names)}"

    def saw(self, ctx: EvalContext, instant: int) -> dict[str, Any]:
        figures = self._label.figures(ctx, instant)  # under the kind of label, which `asks` names
        return {name: value for told in figures.values() for name, value in told.items()}


class ScoresAre(Condition):
    """The contact's scores ``recency``, ``frequency``, ``monetary`` and
    ``value`` pass comparisons.
    """

    word = "scores"

    def __init__(self, label: Rfm, scores: dict[str, Comparison]) -> None:
        self._label = label
        self._scores = scores

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        self._label.bind(contact)

    def dependencies(self) -> list[Dependency]:
        return self._label.dependencies()

    def at(self, ctx: EvalContext, instant: int) -> Answer:
        scores = self._label.scores(ctx, instant)
        if scores is None:
            value, change = self._label.without_scores(ctx, instant)
            return None if value == UNKNOWN else False, change
        has = {
            "recency": scores.recency,
            "frequency": scores.frequency,
            "monetary": scores.monetary,
            "value": scores.value,
        }
        holds = False not in [compare(has[name]) for name, compare in self._scores.items()]
        return holds, scores.until

    def words(self, ctx: EvalContext, instant: int, parts: Sequence[Part]) -> list[str]:
        scores = self._label.scores(ctx, instant)
        if scores is None:
            return [f"{self._label.name} has no scores"]
        money = f" M{scores.monetary}" if scores.monetary else ""
        told = f"R{scores.recency} F{scores.frequency}{money} (value {scores.value})"
        return [f"{self._label.name} is {told}"]

    def asks(self) -> str:
        asked = (f"{name} {compare.words}" for name, compare in self._scores.items())
        return f"{self._label.name}: {', '.join(asked)}"

    def saw(self, ctx: EvalContext, instant: int) -> dict[str, Any]:
        scores = self._label.scores(ctx, instant)
        if scores is None:
            return dict.fromkeys(self._scores)
        return {name: getattr(scores, name) for name in self._scores}
