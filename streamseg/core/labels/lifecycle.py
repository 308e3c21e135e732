"""``lifecycle``: the stage of the customer life cycle.

Time alone moves a contact only in one direction: from new and returned to active, down from vip and
loyal, then to at_risk, then to lost.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from streamseg.core.conditions.base import EvalContext, Registry
from streamseg.core.features.base import FOREVER
from streamseg.core.features.order_figures import count_of, days_of, first_of, last_of
from streamseg.core.features.order_history import TIMES, OrderHistory, Orders, OrderTerms
from streamseg.core.labels.base import UNKNOWN, Label, Value
from streamseg.core.labels.figures import moves_at, placed_within, sinks_at, spent
from streamseg.core.prediction.rhythm import RECENT, mean_gap
from streamseg.core.segments.dependencies import ANY, Dependency
from streamseg.core.values.predicates import Number
from streamseg.core.values.timestamps import format_time
from streamseg.core.values.zones import DAY_MS

NAMES: Final[tuple[str, ...]] = (
    "lost",
    "at_risk",
    "prospect",
    "new",
    "returned",
    "active",
    "loyal",
    "vip",
)
LOST, AT_RISK, PROSPECT, NEW, RETURNED, ACTIVE, LOYAL, VIP = range(8)
YEAR_MS: Final = 365 * DAY_MS  # of what is counted for loyal and vip


class OwnGap(NamedTuple):
    """At risk after a multiple of the mean gap between a contact's last 8 order days, within bounds
    (ms); with fewer than 2 gaps, after ``otherwise``.
    """

    gaps: Number
    least: int
    most: int
    otherwise: int = 90 * DAY_MS


class Stages(NamedTuple):
    """When each stage begins or ends: ages in ms, ``loyal`` a number of orders within a year,
    ``vip`` a sum (None: nobody is).
    """

    new_for: int
    at_risk: int | OwnGap
    lost: int
    loyal: int
    vip: Number | None


class Lifecycle(Label):
    """The first stage that holds, of lost, at_risk, vip, loyal, returned, new, active."""

    def __init__(self, terms: OrderTerms, stages: Stages) -> None:
        self.name = "lifecycle"
        self.names = NAMES
        self._terms = terms
        self._stages = stages
        self.text = f"lifecycle {terms.text} {stages}"
        self._column = 0

    def bind(self, contact: Registry) -> None:
        window = max(YEAR_MS, self._stages.new_for)
        days = isinstance(self._stages.at_risk, OwnGap)
        self._column = contact.column(OrderHistory(self._terms, window, days))

    def dependencies(self) -> list[Dependency]:
        return [Dependency(self._column, ANY)]

    def at(self, ctx: EvalContext, instant: int) -> Value:
        orders: Orders | None = ctx.features.get(self._column)
        last = last_of(orders)
        since = ctx.known_since(self._column, False)
        if last is None:
            return (PROSPECT, FOREVER) if since is None else (UNKNOWN, FOREVER)
        assert orders is not None
        lost = last + self._stages.lost
        if instant >= lost:
            return LOST, FOREVER
        at_risk = self._at_risk_from(orders, last)
        if since is not None:
            known = self._known_at(orders, since)
            if instant < known:
                sure = lost if isinstance(self._stages.at_risk, OwnGap) else at_risk
                return (AT_RISK, lost) if instant >= sure else (UNKNOWN, min(known, sure))
        if instant >= at_risk:
            return AT_RISK, lost
        stage, until = self._living(orders, instant)
        return stage, min(until, at_risk, lost)

    def _living(self, orders: Orders, instant: int) -> Value:
        """The stage of a contact that is neither at risk nor lost."""
        stages, until = self._stages, FOREVER
        if stages.vip is not None:
            total = spent(orders, YEAR_MS, instant)
            until = moves_at(orders, YEAR_MS, instant, total, self._is_vip)
            if self._is_vip(total):
                return VIP, until
        times: list[int] = orders[TIMES]
        count = placed_within(times, YEAR_MS, instant)
        if count >= stages.loyal:
            return LOYAL, min(until, sinks_at(times, YEAR_MS, stages.loyal, count))
        back = self._back_at(orders)
        if back is not None and instant < back + stages.new_for:
            return RETURNED, min(until, back + stages.new_for)
        first = first_of(orders)
        assert first is not None
        if instant < first + stages.new_for:
            return NEW, min(until, first + stages.new_for)
        return ACTIVE, until

    def _is_vip(self, total: Number) -> bool:
        assert self._stages.vip is not None
        return total >= self._stages.vip

    def _at_risk_from(self, orders: Orders, last: int) -> int:
        at_risk = self._stages.at_risk
        if not isinstance(at_risk, OwnGap):
            return last + at_risk
        mean = mean_gap(days_of(orders)[1], 3)
        if mean is None:
            return last + at_risk.otherwise
        return last + min(max(int(mean * at_risk.gaps), at_risk.least), at_risk.most)

    def _back_at(self, orders: Orders) -> int | None:
        """The order that ended the latest silence in which the contact was lost; None: there was no
        such silence.
        """
        times: list[int] = orders[TIMES]
        for at in range(len(times) - 1, 0, -1):
            if times[at] - times[at - 1] >= self._stages.lost:
                return times[at]
        return None

    def _known_at(self, orders: Orders, since: int) -> int:
        """When a contact that is older than the rule is fully known, as orders from before
        ``since`` no longer matter.
        """
        first = first_of(orders)
        assert first is not None
        if isinstance(self._stages.at_risk, OwnGap) and days_of(orders)[0] < RECENT:
            return FOREVER
        return max(since + YEAR_MS, first + self._stages.new_for)

    def figures(self, ctx: EvalContext, instant: int) -> dict[str, Any]:
        orders: Orders | None = ctx.features.get(self._column)
        first, last = first_of(orders), last_of(orders)
        told: dict[str, Any] = {"stage": self.word(self.at(ctx, instant)[0])}
        if orders is not None and first is not None and last is not None:
            told |= {
                "first": format_time(first),
                "last": format_time(last),
                "orders": count_of(orders),
                "spent": spent(orders, YEAR_MS, instant),
            }
        return {"lifecycle": told}
