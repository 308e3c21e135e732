"""``model`` of ``value``: the parameters of the prediction model, or the file that `fit` wrote."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from streamseg.core.errors import StreamsegError
from streamseg.core.prediction.crossings import Predictor
from streamseg.core.prediction.parameters import MBG_NBD, Parameters
from streamseg.core.values.predicates import is_number
from streamseg.rules.document import Node
from streamseg.rules.reading import Bad, JsonSchema, Kind, Scope
from streamseg.rules.records import Field, Fields, Record

_NEXT_TO_1: Final = Decimal("0.000001")
_ORDERS: Final = ("r", "alpha", "a", "b")
_SPENDING: Final = ("p", "q", "v")


class _Positive(Kind):
    """A number above 0, or between other bounds."""

    def __init__(self, sample: str, least: int = 0, most: int = 1_000_000) -> None:
        self.sample = sample
        self._least = Decimal(least)
        self._most = Decimal(most)

    def read(self, node: Node, scope: Scope) -> Decimal:
        wrong = self.wrong(node.value)
        if wrong:
            raise scope.fail(node, f"{wrong}, not {node.kind}")
        return Decimal(node.value)

    def wrong(self, value: Any) -> str:
        """The message about a value; empty if the value is allowed."""
        if is_number(value) and self._least <= value <= self._most and value > 0:
            return ""
        least = f"from {self._least}" if self._least else "above 0"
        return f"must be a number {least} to {self._most:,}"

    def schema(self) -> JsonSchema:
        bound = {"minimum": int(self._least)} if self._least else {"exclusiveMinimum": 0}
        return {"type": "number", "maximum": int(self._most), **bound}


class _Discount(Kind):
    """A share from 0 to 1."""

    sample = "0.01"

    def read(self, node: Node, scope: Scope) -> Decimal:
        if not is_number(node.value) or not 0 <= node.value <= 1:
            raise scope.fail(node, f"must be a number from 0 to 1, not {node.kind}")
        return Decimal(node.value)

    def schema(self) -> JsonSchema:
        return {"type": "number", "minimum": 0, "maximum": 1}


MODEL_FIELDS: Fields = {
    "r": Field(
        _Positive("0.5"),
        "order rates are distributed as Gamma(r, alpha); r is the shape",
        required=True,
    ),
    "alpha": Field(
        _Positive("43", 1), "the rate parameter of Gamma(r, alpha), in days", required=True
    ),
    "a": Field(
        _Positive("0.9"),
        "probabilities to drop out after an order are distributed as Beta(a, b); not 1",
        required=True,
    ),
    "b": Field(_Positive("1.6"), "the second parameter of Beta(a, b)", required=True),
    "p": Field(
        _Positive("6.25"),
        "order values are distributed as Gamma-Gamma(p, q, v); give all three, or none",
    ),
    "q": Field(_Positive("3.74", 1), "the second parameter of Gamma-Gamma(p, q, v), above 1"),
    "v": Field(_Positive("15.4"), "the third parameter of Gamma-Gamma(p, q, v)"),
    "discount": Field(
        _Discount(), "discount rate per 30 days for the worth of future orders (default 0)", 0
    ),
}


class ModelKind(Kind):
    """Parameters, or the name of a file with them, beside the rule file; read as a Predictor."""

    sample = "clv.json"
    _fields = Record(MODEL_FIELDS)

    def read(self, node: Node, scope: Scope) -> Predictor:
        if isinstance(node.value, str):
            return _predictor(_from_file(node, scope), node, scope)
        return _predictor(self._fields.read(node, scope), node, scope)

    def schema(self) -> JsonSchema:
        return {"anyOf": [{"type": "string", "minLength": 1}, self._fields.schema()]}


def read_model(path: Path) -> Parameters:
    """The model in a file, as a rule file that names it has it. Raises StreamsegError."""
    scope = Scope(str(path), [])
    try:
        return ModelKind().read(Node(path.name, 1, 1), scope).model
    except Bad:
        raise StreamsegError("\n".join(error.message for error in scope.errors)) from None


def _from_file(node: Node, scope: Scope) -> dict[str, Any]:
    """The parameters in a file that `streamseg fit` wrote. Raises Bad."""
    if scope.is_confined and Path(node.value).name != node.value:
        raise scope.fail(
            node, "must be the name of a file beside the worker's rules, or parameters"
        )
    path = Path(scope.file).parent / node.value
    try:
        told = json.loads(path.read_bytes(), parse_float=Decimal)
    except OSError as error:
        raise scope.fail(node, f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise scope.fail(node, f"{path} is no model; `streamseg fit --out` writes one")
    if told.get("model", MBG_NBD) != MBG_NBD:
        message = f"{path} is of the model {told['model']!r}, and only {MBG_NBD} is known here"
        raise scope.fail(node, message)
    values: dict[str, Any] = {}
    for name, field in MODEL_FIELDS.items():
        if name in told:
            of_field = Scope(scope.file, [])
            try:
                values[name] = field.kind.read(Node(told[name], node.line, node.column), of_field)
            except Bad:
                message = of_field.errors[0].message
                raise scope.fail(node, f"`{name}` of {path} {message}") from None
        elif field.required:
            raise scope.fail(node, f"{path} has no `{name}`; `streamseg fit --out` writes one")
        else:
            values[name] = field.default
    return values | {"errors": _errors(told.get("holdout"))}


def _errors(holdout: Any) -> tuple[tuple[int, Decimal], ...]:
    """The model's errors that `fit` measured, by days; other entries are left out."""
    found = []
    for one in holdout if isinstance(holdout, list) else ():
        told: dict[str, Any] = one if isinstance(one, dict) else {}
        days: Any = told.get("days")
        error: Any = told.get("calibration_error")
        if type(days) is int and is_number(error) and 0 <= error <= 1:
            found.append((days, Decimal(error)))
    return tuple(found)


def _predictor(values: Mapping[str, Any], node: Node, scope: Scope) -> Predictor:
    r, alpha, a, b = (values[name] for name in _ORDERS)
    if abs(a - 1) < _NEXT_TO_1:
        raise scope.fail(node.at("a"), "`a` is 1, where no number of orders can be expected")
    p, q, v = (values[name] for name in _SPENDING)
    if p is None and q is None and v is None:
        p = q = v = 0
    elif p is None or q is None or v is None:
        raise scope.fail(node, "`p`, `q` and `v` go together: give all three, or none")
    elif q <= 1:
        raise scope.fail(node.at("q"), "`q` must be above 1: otherwise order values have no mean")
    errors = values.get("errors", ())
    return Predictor(Parameters(r, alpha, a, b, (p, q, v), values["discount"], errors))
