"""The settings of ``value:``, after reading."""

from __future__ import annotations

import msgspec

from streamseg.core.conditions.zone_rule import ZoneRule
from streamseg.core.counting.terms import Counting, Viewing
from streamseg.core.features.favourites import Favourites
from streamseg.core.features.order_history import OrderTerms
from streamseg.core.labels.base import Label
from streamseg.core.labels.lifecycle import Lifecycle, Stages
from streamseg.core.prediction.crossings import Predictor
from streamseg.core.values.zones import DAY_MS, UTC_ZONE, Zone

DEFAULT_STAGES = Stages(
    new_for=30 * DAY_MS, at_risk=90 * DAY_MS, lost=365 * DAY_MS, loyal=3, vip=None
)


def without_value() -> dict[str, Label]:
    """The labels of a file without ``value:``."""
    return {"lifecycle": Lifecycle(OrderTerms(), DEFAULT_STAGES)}


def by_clocks(rule: ZoneRule) -> Value:
    """The settings before ``value:`` is read, if policies define time zones."""
    terms = OrderTerms(zone=rule.default)
    labels: dict[str, Label] = {"lifecycle": Lifecycle(terms, DEFAULT_STAGES)}
    return Value(rule.default, clocks=rule, orders=terms, labels=labels)


class Value(msgspec.Struct):
    """Which orders count, the zone of the shop's days, the labels by their names, and what is
    counted.

    ``favourites`` are features by name, with how many of them the context of a trigger has;
    ``clocks`` is what policies say of contacts' clocks. ``predictor``: what predicts (None: nothing
    does). ``viewing``: which events are counted as views of products (None: none are). ``is_bad``:
    the file says something that could not be read.
    """

    zone: Zone = UTC_ZONE
    favourites: dict[str, tuple[Favourites, int]] = msgspec.field(default_factory=dict)
    clocks: ZoneRule | None = None
    orders: OrderTerms = msgspec.field(default_factory=OrderTerms)
    labels: dict[str, Label] = msgspec.field(default_factory=without_value)
    predictor: Predictor | None = None
    counting: Counting | None = None
    viewing: Viewing | None = None
    is_bad: bool = False

    @property
    def contact_zone(self) -> ZoneRule:
        """Where contacts' clocks are: as the policies say, or the shop's."""
        return self.clocks or ZoneRule(default=self.zone)
