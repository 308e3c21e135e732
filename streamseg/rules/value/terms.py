"""What a rule file says of the value of contacts, read."""

from __future__ import annotations

import msgspec

from streamseg.core.features.favourites import Favourites
from streamseg.core.features.order_history import OrderTerms
from streamseg.core.labels.base import Label
from streamseg.core.labels.lifecycle import Lifecycle, Stages
from streamseg.core.prediction.crossings import Predictor
from streamseg.core.zone_rule import ZoneRule
from streamseg.core.zones import DAY_MS, UTC_ZONE, Zone

DEFAULT_STAGES = Stages(
    new_for=30 * DAY_MS, at_risk=90 * DAY_MS, lost=365 * DAY_MS, loyal=3, vip=None
)


def without_value() -> dict[str, Label]:
    """The labels of a file that says nothing of them."""
    return {"lifecycle": Lifecycle(OrderTerms(), DEFAULT_STAGES)}


class Value(msgspec.Struct):
    """Which orders count, the zone of the shop's days, and the labels by their names.

    ``favourites`` are features by name, with how many of them a context has; ``contact_zone``:
    where contacts' clocks are. ``predictor``: what predicts (None: nothing does).
    """

    zone: Zone = UTC_ZONE
    favourites: dict[str, tuple[Favourites, int]] = msgspec.field(default_factory=dict)
    contact_zone: ZoneRule = msgspec.field(default_factory=ZoneRule)
    orders: OrderTerms = msgspec.field(default_factory=OrderTerms)
    labels: dict[str, Label] = msgspec.field(default_factory=without_value)
    predictor: Predictor | None = None
