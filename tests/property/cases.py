"""Whole cases: rules, and a stream that matters to them."""

from typing import Any

from hypothesis import strategies as st

from .driver import Case
from .grid import latenesses
from .rule_files import rule_files
from .streams import disordered_streams, ends, ordered_streams


@st.composite
def in_order(draw: st.DrawFn) -> Case:
    """Events that arrive in the order of their times."""
    rules = draw(rule_files())
    return Case(rules, draw(ordered_streams(rules)), draw(ends), draw(latenesses))


@st.composite
def in_disorder(draw: st.DrawFn) -> Case:
    """Events of which some arrive late."""
    rules = draw(rule_files())
    return Case(rules, draw(disordered_streams(rules)), draw(ends), draw(latenesses))


def with_unique_ids(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same events, each contact's with an id and an order of its own."""
    return [
        event | {"id": f"e{n}", "data": event["data"] | own_order(event, n)}
        if "contact" in event
        else event
        for n, event in enumerate(events)
    ]


def own_order(event: dict[str, Any], n: int) -> dict[str, str]:
    return {"order": f"o{n}"} if event["type"] == "order_placed" else {}
