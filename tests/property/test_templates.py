"""Who is in a template's segment at an instant is who is in it by the definition."""

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamseg.rules.templates.base import templates
from tests.replaying import run_replay

from .grid import LENGTH, ORIGIN_MS, STEP_MS, instants
from .scale import examples
from .template_truths import PER_PRODUCT, RULES, RUNGS, TRUTHS, View

Record = dict[str, Any]
Stays = dict[tuple[str, str | None, str], list[list[float]]]

# What narrows a template: a condition of the contact, and one that counts for each product.
NARROWING: Record = {
    "of_contact": {"any": [{"not": {"did": "searched", "within": "4s"}}, {"cart": {"idle": "1s"}}]},
    "of_product": {"any": [{"did": "product_viewed", "at_least": 2}, {"did": "order_placed"}]},
}


def narrowed(name: str) -> str:
    return "of_product" if name in PER_PRODUCT else "of_contact"


SEGMENTS: Record = {
    **RULES,
    "of_contact": {"when": NARROWING["of_contact"]},
    "of_product": {"per": "product", "when": NARROWING["of_product"]},
    **{
        f"{name}_narrowed": rule | {"when": NARROWING[narrowed(name)]}
        for name, rule in RULES.items()
        if "use" in rule
    },
}
FILE = json.dumps(
    {
        "version": 1,
        "segments": [{"name": name, "membership": True} | rule for name, rule in SEGMENTS.items()],
    }
)
PRODUCTS = st.sampled_from(["p", "p", "q"])
PRICES = st.sampled_from([10, 9, 8.1, 8, 0.7, 0.63, 0])
EVENTS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "product_viewed": {"product": PRODUCTS, "price": st.none() | PRICES},
    "searched": {"query": st.just("bags")},
    "wishlist_added": {"product": PRODUCTS},
    "cart_item_added": {"product": PRODUCTS, "price": st.none() | PRICES},
    "cart_item_removed": {"product": PRODUCTS},
    "checkout_started": {},
    "order_placed": {
        "total": st.sampled_from([1, 2, 3.5]),
        "items": st.lists(st.builds(dict, product=PRODUCTS), max_size=2),
    },
    "message_sent": {"channel": st.just("email")},
    "message_opened": {"channel": st.just("email")},
    "page_viewed": {},
    "stock_changed": {"quantity": st.sampled_from([0, 1, 2, 3])},
    "price_changed": {"price": PRICES},
}


@st.composite
def streams(draw: st.DrawFn) -> list[Record]:
    """Events of one contact and two products, in the order of their times."""
    # A few types each time, so that what belongs together comes together.
    types = draw(st.lists(st.sampled_from(sorted(EVENTS)), min_size=1, max_size=4))
    times = sorted(draw(st.lists(instants, min_size=1, max_size=20)))
    events = []
    for number, time in enumerate(times):
        kind = draw(st.sampled_from(types))
        data = draw(st.fixed_dictionaries(EVENTS[kind]))
        data = {name: value for name, value in data.items() if value is not None}
        if kind == "order_placed":
            data["order"] = f"o{number}"
        whose = {"contact": "c"}
        if kind in ("stock_changed", "price_changed"):
            whose = {"product": draw(PRODUCTS)}
        events.append({"type": kind, "time": time, "data": data} | whose)
    return events


def stays_of(membership: list[Record]) -> Stays:
    """By segment, key and rung the times from which, and before which, the contact was in."""
    stays: Stays = {}
    for record in membership:
        place = stays.setdefault((record["segment"], record["key"], record["rung"] or ""), [])
        if record["type"] == "segment.entered":
            place.append([milliseconds(record["entered_at"]), float("inf")])
        else:
            place[-1][1] = milliseconds(record["exited_at"])
    return stays


def paths_in(context: Record, above: str = "") -> set[str]:
    """The paths of the values in a context."""
    paths: set[str] = set()
    for name, value in context.items():
        path = f"{above}{name}"
        paths |= paths_in(value, f"{path}.") if isinstance(value, dict) else {path}
    return paths


def milliseconds(time: str) -> int:
    return round(datetime.fromisoformat(time).timestamp() * 1000)


@pytest.mark.slow
@settings(max_examples=examples(500))
@given(streams(), st.integers(0, LENGTH + 10), st.sampled_from([-2, -1, 0, 1, 2, 500]))
def test_who_is_in_a_template_s_segment_is_so_by_its_definition(
    events: list[Record], step: int, offset: int
) -> None:
    instant = ORIGIN_MS + step * STEP_MS + offset
    until = ORIGIN_MS + (LENGTH + 60) * STEP_MS
    told = run_replay(FILE, events, until=until)
    for trigger in told.triggers:
        template = templates()[SEGMENTS[trigger["segment"]]["use"]]
        assert paths_in(trigger["context"]) <= set(template.context), trigger
    stays = stays_of(told.membership)

    def inside(name: str, key: str | None, rung: str) -> bool:
        return any(start <= instant < end for start, end in stays.get((name, key, rung), ()))

    cart = {name for name in ("open", "waits") if inside(name, None, "")}
    before = [event for event in events if event["time"] <= instant]
    for name, truth in TRUTHS.items():
        for key in ("p", "q") if name in PER_PRODUCT else (None,):
            rungs = RUNGS[name] if isinstance(RUNGS[name], list) else [RUNGS[name]]
            for rung in map(str, rungs):
                label = "" if name in PER_PRODUCT else rung
                wanted = truth(View(before, key or "", instant, cart), rung)
                assert inside(name, key, label) is wanted, (name, key, rung)
                both = wanted and inside(narrowed(name), key, "")
                assert inside(f"{name}_narrowed", key, label) is both, (name, key, rung)
