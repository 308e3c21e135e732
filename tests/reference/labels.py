"""Labels read off the list of a contact's events, and their moves as they are decided."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from .records import Event, matching
from .values import Json, duration_ms, exact, field, figure_matches, is_number

DAY = 86_400_000
YEAR = 365 * DAY
STAGES = ["lost", "at_risk", "prospect", "new", "returned", "active", "loyal", "vip"]
GRID = """
lost            lost             at_risk              at_risk     cant_lose
hibernating     hibernating      at_risk              at_risk     cant_lose
about_to_sleep  about_to_sleep   need_attention       loyal       loyal
promising       potential_loyalists potential_loyalists loyal     loyal
new_customers   potential_loyalists potential_loyalists champions champions
"""
SEGMENTS = [
    *("lost", "hibernating", "about_to_sleep", "at_risk", "cant_lose", "need_attention"),
    *("promising", "new_customers", "potential_loyalists", "loyal", "champions"),
]
ORDER_TERMS: dict[str, Json] = {"amount": "total"}


@dataclass(frozen=True)
class Order:
    time: int
    amount: Fraction


def orders_of(value: Mapping[str, Json], arrived: Iterable[Event]) -> list[Order]:
    """The orders that count, in the order of their times."""
    terms = ORDER_TERMS | value.get("orders", {})
    arrived = list(arrived)
    cancelled = matching(arrived, "order_cancelled") if "cancelled" in terms else []

    def is_void(order: Event) -> bool:
        return any(
            each.data["order"] == order.data["order"]
            and abs(each.time - order.time) <= duration_ms(terms["cancelled"])
            for each in cancelled
        )

    found = [
        event
        for event in matching(arrived, "order_placed")
        if terms.get("currency") in (None, event.data.get("currency")) and not is_void(event)
    ]
    amounts = [field(event.data, terms["amount"]) for event in found]
    return [
        Order(event.time, exact(amount) if is_number(amount) else Fraction(0))
        for event, amount in zip(found, amounts, strict=True)
    ]


def spent(orders: Iterable[Order], since: float, at: int) -> Fraction:
    return sum((one.amount for one in orders if since < one.time <= at), Fraction(0))


def scores(
    value: Mapping[str, Json], cuts: Mapping[str, Json], arrived: list[Event], at: int
) -> dict[str, int] | None:
    """r, f, m and V; None where there is no event."""
    if cuts.get("over", "orders") == "orders":
        events = orders_of(value, arrived)
    else:
        found = matching(arrived, cuts["over"], cuts.get("where"))
        events = [Order(one.time, Fraction(0)) for one in found]
    if not events:
        return None
    since = at - duration_ms(cuts.get("within", "365d"))
    silence = at - events[-1].time
    recency = [duration_ms(cut) for cut in cuts.get("recency", ["30d", "60d", "120d", "365d"])]
    r = len(recency) + 1 - sum(cut <= silence for cut in recency)
    number = sum(one.time > since for one in events)
    f = 1 + sum(cut <= number for cut in cuts.get("frequency", [2, 3, 5, 10]))
    if "monetary" not in cuts:
        return {"recency": r, "frequency": f, "value": f}
    m = 1 + sum(exact(cut) <= spent(events, since, at) for cut in cuts["monetary"])
    return {"recency": r, "frequency": f, "monetary": m, "value": (f + m + 1) // 2}


def rfm(
    value: Mapping[str, Json], cuts: Mapping[str, Json], arrived: list[Event], at: int
) -> str | None:
    found = scores(value, cuts, arrived, at)
    if found is None:
        return None
    return GRID.split("\n")[found["recency"]].split()[found["value"] - 1]


def days_of(value: Mapping[str, Json], orders: list[Order]) -> list[int]:
    """The first order of each day, in UTC."""
    assert "zone" not in value
    first: dict[int, int] = {}
    for one in orders:
        first.setdefault(one.time // DAY, one.time)
    return sorted(first.values())


def at_risk_after(value: Mapping[str, Json], orders: list[Order]) -> int:
    """The silence from which on a contact is at risk."""
    at_risk = value.get("lifecycle", {}).get("at_risk", "90d")
    if isinstance(at_risk, str):
        return duration_ms(at_risk)
    days = days_of(value, orders)[-8:]
    if len(days) < 3:
        return 90 * DAY
    mean = (days[-1] - days[0]) // (len(days) - 1)
    least = duration_ms(at_risk.get("least", "30d"))
    most = duration_ms(at_risk.get("most", "180d"))
    return min(max(int(mean * exact(at_risk["gaps"])), least), most)


def lifecycle(value: Mapping[str, Json], arrived: list[Event], at: int) -> str:
    stages = {"new_for": "30d", "lost": "365d", "loyal": 3} | value.get("lifecycle", {})
    orders = orders_of(value, arrived)
    if not orders:
        return "prospect"
    silence, new_for = at - orders[-1].time, duration_ms(stages["new_for"])
    lost = duration_ms(stages["lost"])
    backs = [b.time for a, b in pairwise(orders) if b.time - a.time >= lost]
    holds = {
        "lost": silence >= lost,
        "at_risk": silence >= at_risk_after(value, orders),
        "vip": "vip" in stages and spent(orders, at - YEAR, at) >= exact(stages["vip"]),
        "loyal": sum(one.time > at - YEAR for one in orders) >= stages["loyal"],
        "returned": bool(backs) and at - backs[-1] < new_for,
        "new": at - orders[0].time < new_for,
        "active": True,
    }
    return next(stage for stage, is_so in holds.items() if is_so)


def tier(value: Mapping[str, Json], arrived: list[Event], at: int) -> str | None:
    given = value["tier"]
    orders = orders_of(value, arrived)
    within = duration_ms(given["within"]) if "within" in given else None

    def reached(instant: int) -> int:
        since = float("-inf") if within is None else instant - within
        counted = [one for one in orders if since < one.time <= instant]
        figure = (
            Fraction(len(counted))
            if given.get("of") == "orders"
            else spent(counted, since, instant)
        )
        return sum(figure >= exact(least) for least in given["tiers"].values())

    keep = duration_ms(given.get("keep", "0s"))
    asked = {at}
    if keep and within is not None:
        changes = {one.time for one in orders} | {one.time + within for one in orders}
        asked |= {each for each in changes | {at - keep + 1} if at - keep < each <= at}
    highest = max(map(reached, asked))
    return list(given["tiers"])[highest - 1] if highest else None


def label(value: Mapping[str, Json], name: str, arrived: list[Event], at: int) -> str | None:
    """The label of a name at an instant; None where it is none."""
    if name == "lifecycle":
        return lifecycle(value, arrived, at)
    if name == "tier":
        return tier(value, arrived, at)
    return rfm(value, value["rfm"][name.removeprefix("rfm.")], arrived, at)


def names_of(value: Mapping[str, Json], name: str) -> list[str]:
    """The names that a label may have, the worst first."""
    if name == "lifecycle":
        return STAGES
    return list(value["tier"]["tiers"]) if name == "tier" else SEGMENTS


def label_asked(value: Mapping[str, Json], template: str, parameters: Mapping[str, Json]) -> str:
    """Which label a template of moves is about."""
    if template == "moved":
        return str(parameters["of"])
    if template == "rfm_moved":
        only = parameters.get("of", next(iter(value.get("rfm", {})), ""))
        return f"rfm.{only}"
    return template.removesuffix("_moved")


def condition_holds(
    value: Mapping[str, Json], condition: Mapping[str, Json], arrived: list[Event], at: int
) -> bool:
    """Of `lifecycle`, `tier` and `rfm`."""
    name = next(each for each in ("lifecycle", "tier", "rfm") if each in condition)
    wanted = condition[name]
    if name != "rfm":
        return label(value, name, arrived, at) in ([wanted] if isinstance(wanted, str) else wanted)
    cuts = value["rfm"][wanted.get("of", next(iter(value["rfm"])))]
    found = scores(value, cuts, arrived, at)
    if found is None:
        return False
    segments = wanted.get("segment", SEGMENTS)
    return rfm(value, cuts, arrived, at) in (
        [segments] if isinstance(segments, str) else segments
    ) and all(
        figure_matches(Fraction(found[score]), operators)
        for score, operators in wanted.items()
        if score not in ("of", "segment")
    )


def extra_instants(value: Mapping[str, Json], arrived: list[Event]) -> set[int]:
    """Instants at which time can change a label, besides the rules' durations after an event."""
    orders = orders_of(value, arrived)
    found = {one.time + YEAR for one in orders}
    for count in range(1, len(orders) + 1):
        found.add(orders[count - 1].time + at_risk_after(value, orders[:count]))
    keep = duration_ms(value.get("tier", {}).get("keep", "0s"))
    within = duration_ms(value.get("tier", {}).get("within", "0s"))
    found |= {one.time + keep - 1 for one in orders}
    return found | {one.time + within + keep - 1 for one in orders}


@dataclass
class Moves:
    """The last two moves: L0 (m1) L1 (m2) L2; None as a label is none."""

    labels: list[str | None]
    instants: list[int]

    def decide(self, found: str | None, at: int, time: int | None) -> bool:
        """The label is this one at an instant, by an event of a time; whether it moved."""
        if found == self.labels[-1]:
            return False
        if time is not None and self.instants and time < self.instants[-1]:
            self.labels.pop()
            self.instants.pop()
            if found == self.labels[-1]:
                return True
        self.labels = [*self.labels, found][-3:]
        self.instants = [*self.instants, at][-2:]
        return True


def new_moves() -> Moves:
    return Moves([None], [])


def moved_to(
    moves: Moves, names: list[str], parameters: Mapping[str, Any], at: int
) -> tuple[int, str] | None:
    """The move that a template of moves is in: its instant, and where to."""
    if not moves.instants:
        return None
    old, now, since = moves.labels[-2], moves.labels[-1], moves.instants[-1]

    def is_named(one: str | None, wanted: Json) -> bool:
        listed = wanted if isinstance(wanted, list) else [wanted]
        return "any" in listed or (one or "none") in listed

    if not is_named(now, parameters["to"]) or not is_named(old, parameters["from"]):
        return None
    order = [None, *names]
    if "direction" in parameters:
        is_up = order.index(now) > order.index(old)
        if is_up is not (parameters["direction"] == "up"):
            return None
    return (since, now or "none") if at >= since + duration_ms(parameters["settle"]) else None
