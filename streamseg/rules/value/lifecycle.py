"""``lifecycle`` of a rule file: when each stage of the customer life cycle begins or ends."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from streamseg.core.features.order_history import OrderTerms
from streamseg.core.labels.lifecycle import Lifecycle, OwnGap, Stages
from streamseg.core.values.timestamps import format_duration
from streamseg.core.values.zones import DAY_MS
from streamseg.rules.document import Node
from streamseg.rules.kinds import Duration, Integer, NumberKind
from streamseg.rules.reading import JsonSchema, Kind, Scope
from streamseg.rules.records import Field, Fields, Record
from streamseg.rules.value.terms import DEFAULT_STAGES


class _Gaps(Kind):
    """A positive number of mean gaps."""

    sample = "2"

    def read(self, node: Node, scope: Scope) -> Any:
        value = NumberKind().read(node, scope)
        if not 0 < value <= 100:
            raise scope.fail(node, f"must be above 0 and at most 100, not {value}")
        return Decimal(value)

    def schema(self) -> JsonSchema:
        return {"type": "number", "exclusiveMinimum": 0, "maximum": 100}


_OWN_GAP = Record(
    {
        "gaps": Field(
            _Gaps(), "so many times the mean gap of the last 8 order days", required=True
        ),
        "least": Field(Duration(), "but no sooner than this", 30 * DAY_MS),
        "most": Field(Duration(), "and no later", 180 * DAY_MS),
    }
)


class _AtRisk(Kind):
    """A duration, or a number of a contact's own gaps; read as ms or an OwnGap."""

    sample = "90d"
    _duration = Duration()

    def read(self, node: Node, scope: Scope) -> int | OwnGap:
        if not node.is_mapping:
            return self._duration.read(node, scope)
        values = _OWN_GAP.read(node, scope)
        if values["least"] > values["most"]:
            raise scope.fail(node.at("least"), "`least` must not be longer than `most`")
        return OwnGap(values["gaps"], values["least"], values["most"])

    def schema(self) -> JsonSchema:
        return {"anyOf": [self._duration.schema(), _OWN_GAP.schema()]}

    def written(self, value: Any) -> str:
        return format_duration(value)


_DEFAULT = DEFAULT_STAGES
LIFECYCLE_FIELDS: Fields = {
    "new_for": Field(
        Duration(), "for how long after the first order a contact is `new`", _DEFAULT.new_for
    ),
    "at_risk": Field(
        _AtRisk(),
        "after how long without an order a contact is `at_risk`; or a multiple of the contact's "
        "own mean gap between orders, as `{gaps: 2, least: 30d, most: 180d}`",
        _DEFAULT.at_risk,
    ),
    "lost": Field(Duration(), "after how long without an order a contact is `lost`", _DEFAULT.lost),
    "loyal": Field(
        Integer(1, 1000), "how many orders within 365d make a contact `loyal`", _DEFAULT.loyal
    ),
    "vip": Field(
        NumberKind(),
        "the sum of orders within 365d that makes a contact `vip` (default: nobody is)",
    ),
}


class LifecycleKind(Kind):
    """The stages; read as Stages."""

    sample = "{at_risk: 90d, lost: 365d}"
    _fields = Record(LIFECYCLE_FIELDS)

    def read(self, node: Node, scope: Scope) -> Stages:
        values = self._fields.read(node, scope)
        stages = Stages(**values)
        longest = stages.at_risk
        if isinstance(longest, OwnGap):
            longest = max(longest.most, longest.otherwise)
        if longest >= stages.lost:
            lost = format_duration(stages.lost)
            message = f"{format_duration(longest)} must be shorter than `lost` {lost}"
            raise scope.fail(node.at("at_risk", "lost"), message)
        return stages

    def schema(self) -> JsonSchema:
        return self._fields.schema()


def lifecycle_label(stages: Stages | None, terms: OrderTerms) -> Lifecycle:
    """The label of the stages; of the default ones where none are given."""
    return Lifecycle(terms, DEFAULT_STAGES if stages is None else stages)
