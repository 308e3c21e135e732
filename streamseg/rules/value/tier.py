"""``tier`` of a rule file: named tiers, by what a contact has ordered."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from streamseg.core.conditions.predicted import Predicted
from streamseg.core.features.order_history import OrderTerms
from streamseg.core.labels.base import Label
from streamseg.core.labels.tier import SPENT, Tier
from streamseg.core.labels.worth_tier import WorthTier
from streamseg.core.prediction.crossings import Predictor
from streamseg.core.prediction.forms import STEP_DAYS
from streamseg.core.prediction.past import CLV
from streamseg.core.values.zones import DAY_MS
from streamseg.rules.document import Node
from streamseg.rules.kinds import Choice, Duration
from streamseg.rules.labels import OWN_NAMES, check_own_names
from streamseg.rules.prediction import LONGEST
from streamseg.rules.reading import JsonSchema, Scope
from streamseg.rules.records import Field, Fields, Record
from streamseg.rules.tiers import Tiers


class _OwnTiers(Tiers):
    """Tiers whose names are those of a label."""

    def schema(self) -> JsonSchema:
        return {**super().schema(), "propertyNames": OWN_NAMES}


TIER_FIELDS: Fields = {
    "of": Field(
        Choice(SPENT, "orders", CLV),
        "what counts: the sum of orders, their number, or the expected worth of future orders",
        SPENT,
    ),
    "tiers": Field(
        _OwnTiers(),
        "the tiers' names, each with the least amount that it takes, ascending",
        required=True,
    ),
    "within": Field(
        Duration(),
        "how old an order may be (default: any age); with `clv`, how far ahead it looks (default "
        "365d), in steps of 30d",
    ),
    "keep": Field(
        Duration(zero=True),
        "how long a contact keeps a tier whose amount it no longer reaches; not with `clv`",
        0,
    ),
}
TIER = Record(TIER_FIELDS)
_STEP: Final = STEP_DAYS * DAY_MS
_YEAR: Final = 365 * DAY_MS


def tier_label(
    values: dict[str, Any], terms: OrderTerms, predictor: Predictor | None, node: Node, scope: Scope
) -> Label:
    """The label of the fields' values, which stand at ``node``. Raises Bad."""
    check_own_names(node.at("tiers"), scope)
    if values["of"] != CLV:
        return Tier(terms, values["of"], values["tiers"], values["within"], values["keep"])
    within = values["within"] or _YEAR
    if predictor is None or not predictor.model.tells_worth:
        raise scope.fail(node.at("of"), "`of: clv` needs a `model` with `p`, `q` and `v`")
    if not _STEP <= within <= LONGEST:
        raise scope.fail(node.at("within"), "`clv` looks ahead from 30d to 1095d")
    if values["keep"]:
        message = (
            "`keep` is only for `spent` and `orders`: an expected worth is not reached for good"
        )
        raise scope.fail(node.at("keep"), message)
    return WorthTier(
        [
            (name, Predicted(predictor, terms, CLV, within, Decimal(least), below=False))
            for name, least in values["tiers"]
        ]
    )
