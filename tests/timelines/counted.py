"""What a timeline counts, for tests of counts."""

from typing import Any

from tests.replaying import run_replay

from .drawing import events, rules_file

Line = dict[str, Any]
CART = "- {name: cart_left, use: abandoned_cart}"
SEEN = "- {name: seen, on: product_viewed}"
KPIS = "{kpis: {within: 7d}}"
RESULT = ("exposures", "converted", "revenue")


def counted(segments: str, timeline: str, value: str = KPIS, lateness: str = "0s") -> list[Line]:
    """What a timeline counts; the same where it is restarted after every event."""
    rules = rules_file(segments).replace("segments:", f"value: {value}\nsegments:", 1)
    records, until = events(timeline)
    whole, restarted = (
        run_replay(rules, records, until=until, lateness=lateness, restart_every=every)
        for every in (None, 1)
    )
    assert whole.dlq == []
    assert restarted.stats == whole.stats, "a restart after every event changed what is counted"
    return whole.stats


def day_of(lines: list[Line], segment: str, day: str) -> Line:
    """What happened to a segment on a day; nothing is an empty line."""
    found = [one for one in lines if one.get("day") == day and one["segment"] == segment]
    assert len(found) <= 1
    return found[0] if found else {}


def picked(line: Line, *names: str) -> list[Any]:
    return [line.get(name, 0) for name in names]
