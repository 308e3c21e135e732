"""``rfm``: how long ago, how often and for how much a contact has ordered, in scores."""

from collections.abc import Mapping
from typing import Any, Final

from streamseg.core.conditions.base import Condition
from streamseg.core.conditions.label import LabelIs, ScoresAre
from streamseg.core.conditions.logic import All
from streamseg.core.values.predicates import Comparison
from streamseg.rules.comparisons import numeric_operands
from streamseg.rules.conditions.base import ConditionSpec
from streamseg.rules.document import Node
from streamseg.rules.labels import LabelNames, RfmNameKind, check_names, only_rfm
from streamseg.rules.reading import Scope
from streamseg.rules.records import Field, Record

SCORES: Final = ("recency", "frequency", "monetary", "value")


def _check(values: Mapping[str, Any], node: Node, scope: Scope) -> None:
    rfm, place = values["rfm"], node.at("rfm")
    if rfm["segment"] is not None:
        check_names(rfm["segment"], rfm["of"], place.at("segment"), scope)
    elif all(rfm[name] is None for name in SCORES):
        raise scope.fail(place, f"say what it must be: `segment`, or one of {', '.join(SCORES)}")
    if rfm["monetary"] is not None and not rfm["of"].has_sums:
        raise scope.fail(place.at("monetary"), f"{rfm['of'].name} has no cuts of `monetary`")


def _build(values: Mapping[str, Any]) -> Condition:
    rfm = values["rfm"]
    parts: list[Condition] = []
    if rfm["segment"] is not None:
        parts.append(LabelIs(rfm["of"], tuple(rfm["segment"])))
    scores = {name: Comparison(rfm[name]) for name in SCORES if rfm[name] is not None}
    if scores:
        parts.append(ScoresAre(rfm["of"], scores))
    return parts[0] if len(parts) == 1 else All(parts)


SPEC = ConditionSpec(
    word="rfm",
    doc="The contact is in the given RFM segment, and its scores meet the given comparisons. A "
    "contact without an event that counts meets none. `value.rfm` sets the cuts and the "
    "segments' names.",
    fields={
        "rfm": Field(
            Record(
                {
                    "of": Field(
                        RfmNameKind(),
                        "which RFM of `value.rfm` (default: the only one)",
                        absent=only_rfm,
                    ),
                    "segment": Field(LabelNames("champions"), "an RFM segment, or a list of them"),
                    "recency": Field(
                        numeric_operands(),
                        "the recency score; the more recent the last event, the higher",
                    ),
                    "frequency": Field(numeric_operands(), "the frequency score"),
                    "monetary": Field(numeric_operands(), "the monetary score"),
                    "value": Field(
                        numeric_operands(),
                        "the mean of the frequency and monetary scores, rounded up",
                    ),
                },
                at_least_one=True,
            ),
            "what it must be",
            required=True,
        )
    },
    build=_build,
    check=_check,
    example="{rfm: {segment: [at_risk, cant_lose]}}",
    value="{rfm: {buyers: {monetary: [500, 1500, 4000, 12000]}}}",
)
