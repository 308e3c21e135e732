"""Others in a partition: whatever they do, what a contact is told does not change by it."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from . import cases
from .driver import Case, told_by_engine

Record = dict[str, Any]


def named(ordered: st.SearchStrategy[Case]) -> st.SearchStrategy[Case]:
    """Cases whose events have ids: without one it is named after its line, which others move."""
    return ordered.map(lambda case: replace(case, events=cases.with_unique_ids(list(case.events))))


@st.composite
def with_ticks(
    draw: st.DrawFn, named_cases: st.SearchStrategy[Case], step: int
) -> tuple[Case, Case]:
    """A case, and the same with events of a stranger in between."""
    case = draw(named_cases)
    ticked: list[Record] = []
    for event in case.events:
        earlier = ticked[-1]["time"] if ticked else event["time"] - step
        times = sorted(draw(st.lists(st.integers(earlier, event["time"]), max_size=2)))
        ticked += [{"type": "page_viewed", "contact": "stranger", "time": time} for time in times]
        ticked.append(event)
    return case, replace(case, events=ticked)


def check_ticks(plain: Case, ticked: Case) -> None:
    """Ticks change when a contact is told something, and never what."""
    one, other = told_by_engine(plain), told_by_engine(ticked)
    for contact in ("a", "b"):
        assert other.of(contact).whenever_emitted() == one.of(contact).whenever_emitted()


def check_alone(case: Case, contact: str) -> None:
    """A contact is told the same where nobody else is."""
    own = [event for event in case.events if event.get("contact", contact) == contact]
    alone = told_by_engine(replace(case, events=own))
    assert told_by_engine(case).of(contact).whenever_emitted() == alone.whenever_emitted()
