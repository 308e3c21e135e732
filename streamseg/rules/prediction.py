"""Predictions as conditions and templates name them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final, NamedTuple

from streamseg.core.conditions.base import EvalContext
from streamseg.core.conditions.predicted import Predicted
from streamseg.core.features.order_history import OrderTerms
from streamseg.core.prediction.crossings import Predictor
from streamseg.core.prediction.past import ALIVE, BUYS, curve_of
from streamseg.core.values.timestamps import format_duration, format_time
from streamseg.core.values.zones import DAY_MS
from streamseg.rules.comparisons import Percentage
from streamseg.rules.document import Node
from streamseg.rules.kinds import Duration
from streamseg.rules.reading import JsonSchema, Kind, Scope

LONGEST: Final = 1095 * DAY_MS
EXAMPLE_MODEL: Final = (
    "{model: {r: 0.525, alpha: 43.281, a: 0.891, b: 1.614, p: 6.25, q: 3.74, v: 15.44}}"
)
_SHARE: Final = 4  # decimals of a share
_CENT: Final = 2  # decimals of what an order is worth
_HUNDRED: Final = Decimal(100)


class By(NamedTuple):
    """The predictor, and which orders count."""

    predictor: Predictor
    terms: OrderTerms

    @property
    def text(self) -> str:
        """The normal form as a text; equal where the meaning is equal."""
        return f"{self.predictor.model.text} of {self.terms.text}"


def what_predicts(node: Node, scope: Scope) -> By:
    """The predictor of the file. Raises Bad if the file has no model."""
    value = scope.value
    if value.predictor is None:
        raise scope.lack(
            node, "nothing predicts here: name `model: clv.json` under `value:`, of `streamseg fit`"
        )
    return By(value.predictor, value.orders)


class Within(Kind):
    """How far ahead a prediction looks: a duration of at most three years."""

    sample = "90d"
    _duration = Duration()

    def __init__(self, least: int = 1) -> None:
        self._least = least

    def read(self, node: Node, scope: Scope) -> int:
        within = self._duration.read(node, scope)
        if not self._least <= within <= LONGEST:
            least = f"from {format_duration(self._least)} " if self._least > 1 else ""
            raise scope.fail(
                node, f"must be {least}to {format_duration(LONGEST)}, not {node.value}"
            )
        return within

    def schema(self) -> JsonSchema:
        return self._duration.schema()

    def written(self, value: Any) -> str:
        return self._duration.written(value)


class Chance(Kind):
    """A percentage above 0 and below 100; read as a share."""

    sample = "40%"
    _percentage = Percentage()

    def read(self, node: Node, scope: Scope) -> Decimal:
        percent: Decimal = self._percentage.read(node, scope)
        if not 0 < percent < _HUNDRED:
            raise scope.fail(node, f"must be above 0% and below 100%, not {node.value}")
        return percent / _HUNDRED

    def schema(self) -> JsonSchema:
        return self._percentage.schema()

    def normal(self, value: Any) -> Any:
        return str(value.normalize())

    def written(self, value: Any) -> str:
        return f"{value * _HUNDRED:f}%"


BY: Final = {"by": what_predicts}
PATHS: Final = (
    "prediction.last",
    "prediction.order_days",
    "prediction.within",
    "prediction.buys",
    "prediction.alive",
    "prediction.off_by",
    "prediction.order_worth",
)


def told(of: Predicted, within: int, ctx: EvalContext) -> dict[str, Any]:
    """The predictions for a contact with an order, at the contact's latest decided instant."""
    past = of.past(ctx)
    assert past is not None
    assert ctx.contact is not None
    silence = max(ctx.contact.latest - past.last, 0)
    predictor = of.predictor
    found: dict[str, Any] = {
        "last": format_time(past.last),
        "order_days": past.x + 1,
        "within": format_duration(within),
        "buys": predictor.told(curve_of(BUYS, within, past, None), silence),
        "alive": predictor.told(curve_of(ALIVE, within, past, None), silence),
    }
    off_by = predictor.model.off_by(within // DAY_MS)
    if off_by is not None:
        found["off_by"] = round(off_by, _SHARE)
    if predictor.model.tells_worth:
        found["order_worth"] = round(of.worth(ctx, past), _CENT)
    return found


def crossing_of(of: Predicted, ctx: EvalContext) -> str | None:
    """When the figure of a contact with an order falls to its threshold, as text."""
    past = of.past(ctx)
    assert past is not None
    crossing = of.crosses_at(ctx, past)
    return None if crossing is None else format_time(crossing)
