"""Cases whose rules ask who a customer is: labels and their moves, predictions, dates, favourites.

What they ask goes by days and months, so events are half a month apart and lie in two years.
"""

from typing import Any

from hypothesis import strategies as st

from .driver import Case
from .grid import ORIGIN_MS, either, latenesses
from .rule_files import Rule, field, fields, nested, optional

Record = dict[str, Any]

DAY_MS = 86_400_000
STEP_MS = 15 * DAY_MS
LENGTH = 48

VALUE = {
    "zone": "Europe/Kyiv",
    "orders": {"cancelled": "30d"},
    "rfm": {"buyers": {"monetary": [5, 10, 20, 30]}},
    "lifecycle": {"new_for": "15d", "at_risk": "45d", "lost": "120d", "loyal": 2, "vip": 20},
    "tier": {"of": "spent", "tiers": {"silver": 5, "gold": 15}, "within": "90d", "keep": "15d"},
    "favourites": {"categories": {"of": "category", "half_life": "30d"}},
    "model": {"r": 0.525, "alpha": 43.281, "a": 0.891, "b": 1.614, "p": 6.25, "q": 3.74, "v": 15.4},
}

spans = st.sampled_from(["15d", "30d", "45d", "90d", "365d"])
ages = st.sampled_from([{"gte": 30}, {"lt": 30}, {"eq": 29}])
shares = either(
    field("gte", st.sampled_from(["20%", "50%"])), field("lt", st.sampled_from(["34%", "60%"]))
)
dates = either(
    field("attribute", st.just("birthday")),
    field("first", st.sampled_from(["order", "product_viewed"])),
)
scores = st.sampled_from([{"gte": 2}, {"lte": 3}, {"eq": 5}])
periods = either(
    fields(
        st.just({"by": "month"}),
        field("is", st.sampled_from([["2026-12"], ["2026-12", "2027-01"]])),
    ),
    fields(
        field("by", st.sampled_from(["day", "week", "month", "quarter", "year"])),
        field("age", st.sampled_from([{"gte": 1}, {"eq": 0}, {"lte": 2}])),
    ),
)
leaves = either(
    field("lifecycle", st.sampled_from(["new", "active", "at_risk", "lost", "vip"])),
    field("tier", st.sampled_from(["silver", "gold"])),
    field("rfm", field("segment", st.sampled_from(["lost", "champions", "loyal", "promising"]))),
    field("rfm", fields(field("recency", scores), optional("value", scores))),
    field("predict", field("alive", shares)),
    field("predict", field("buys", fields(field("within", spans), shares))),
    field("predict", st.just({"clv": {"within": "360d", "gte": 20}})),
    fields(st.just({"attribute": "birthday"}), field("age", ages)),
    field("cohort", fields(optional("of", dates), periods)),
    field("favourite", st.just({"of": "categories", "is": ["bags"]})),
    fields(field("idle", st.sampled_from(["order_placed", "any"])), field("for", spans)),
    fields(st.just({"did": "order_placed"}), optional("within", spans)),
)
names = either(
    st.just("any"),
    st.lists(st.sampled_from(["silver", "gold", "none"]), min_size=1, max_size=2, unique=True),
)
stages = either(
    st.just("any"),
    st.lists(
        st.sampled_from(["new", "active", "at_risk", "lost", "returned", "loyal", "none"]),
        min_size=1,
        max_size=3,
        unique=True,
    ),
)


def moves(label: str, named: st.SearchStrategy[Any]) -> st.SearchStrategy[Rule]:
    return fields(
        st.just({"of": label}),
        optional("from", named),
        optional("to", named),
        optional("direction", st.sampled_from(["up", "down"])),
        optional("settle", st.sampled_from(["1h", "15d", "30d"])),
    )


def used(template: str, given: st.SearchStrategy[Rule]) -> st.SearchStrategy[Rule]:
    return fields(st.just({"use": template}), field("with", given))


offsets = st.sampled_from(
    ["0d", ["-7d", "0d"], ["-30d", "-7d", "15d"]]
)  # no ladder: each by itself
templates = either(
    used("moved", moves("tier", names)),
    used("moved", moves("lifecycle", stages)),
    used("moved", moves("rfm.buyers", st.just("any"))),
    used(
        "anniversary",
        fields(
            field("of", dates),
            optional("every", st.just("month")),
            optional("offset", offsets),
            optional("lasts", st.sampled_from(["2d", "20d"])),
        ),
    ),
    used("likely_to_churn", optional("risk", st.just(["66%", "80%"]))),
    used("likely_to_buy", fields(field("within", spans), optional("at_least", st.just("20%")))),
    used("next_order", fields(optional("due", st.just("7d")), optional("give_up", spans))),
    used("nth_order", st.just({"n": [2, 3, 5]})),
    used("value_tier", fields(st.just({"tiers": [5, 15]}), optional("within", spans))),
    used("win_back", st.just({"after": ["30d", "90d"]})),
)
segments = either(
    fields(field("when", nested(nested(leaves))), st.just({"trigger": {}})),
    fields(templates, optional("when", nested(leaves))),
)


@st.composite
def rule_files(draw: st.DrawFn) -> Record:
    """A file of one to three segments."""
    drawn = draw(st.lists(segments, min_size=1, max_size=3))
    named = [{"name": f"s{n}"} | segment for n, segment in enumerate(drawn)]
    if len(named) > 1 and draw(st.booleans()):
        asked = {"in_segment": named[0]["name"]}
        when = named[-1].get("when")
        named[-1]["when"] = asked if when is None else {"any": [when, asked]}
    return {"version": 1, "value": VALUE, "segments": named}


instants = st.builds(
    lambda step, offset: ORIGIN_MS + step * STEP_MS + offset,
    st.integers(0, LENGTH),
    st.sampled_from([0, 0, 0, -1, 1, 3_600_000, DAY_MS]),
)
SAID: list[tuple[str, Record]] = [
    *(("order_placed", {"total": total}) for total in (5, 7.5, 10, 10)),
    *(("product_viewed", {"product": "p", "category": one}) for one in ("bags", "hats")),
    ("cart_item_added", {"product": "q", "category": "hats"}),
    *(("contact_updated", {"birthday": date}) for date in ("1997-12-01", "1996-02-29", None, "x")),
    ("page_viewed", {}),
    ("contact_erased", {}),
]


@st.composite
def _events(draw: st.DrawFn) -> list[Record]:
    """Events of two contacts, the second of whom does little."""
    found: list[Record] = []
    for number, time in enumerate(draw(st.lists(instants, min_size=3, max_size=16))):
        kind, data = draw(st.sampled_from(SAID * 3 + SAID[:4] * 4 + [("order_cancelled", {})] * 2))
        if kind == "order_placed":
            data = data | {"order": f"o{number}"}
        elif kind == "order_cancelled":
            data = {"order": f"o{draw(st.integers(0, 12))}"}
        who = draw(st.sampled_from(["a", "a", "a", "b"]))
        event = {"type": kind, "contact": who, "time": time, "id": f"e{number}", "data": data}
        found.append(event)
    return found


def _by_time(event: Record) -> int:
    time: int = event["time"]
    return time


ends = st.builds(
    lambda days: ORIGIN_MS + LENGTH * STEP_MS + days * DAY_MS, st.sampled_from([2, 40, 400])
)


@st.composite
def in_order(draw: st.DrawFn) -> Case:
    """Events that arrive in the order of their times, and tell nothing of the time before them, as
    a cancellation does: an order was none then.
    """
    rules = draw(rule_files())
    events = [one for one in draw(_events()) if one["type"] != "order_cancelled"]
    return Case(rules, sorted(events, key=_by_time), draw(ends), draw(latenesses))


@st.composite
def in_disorder(draw: st.DrawFn) -> Case:
    """Events of which some arrive late."""
    rules = draw(rule_files())
    late = st.sampled_from([0, 0, 0, 1, 3])
    arrived = [(_by_time(one) + draw(late) * STEP_MS, one) for one in draw(_events())]
    events = [one for _, one in sorted(arrived, key=lambda arrival: arrival[0])]
    return Case(rules, events, draw(ends), draw(latenesses))
