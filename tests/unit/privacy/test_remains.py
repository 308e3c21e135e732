"""Until when a topic keeps what names an erased contact."""

from __future__ import annotations

from types import SimpleNamespace

from streamseg.core.values.timestamps import format_time
from streamseg.privacy.finding import Found
from streamseg.privacy.remains import remaining
from streamseg.topics import load_catalogue

AT = 1_795_255_200_000
DAY = 86_400_000
FIVE_MINUTES = 300_000
CATALOGUE = load_catalogue("s.")
COMPACT = {
    "cleanup.policy": "compact",
    "max.compaction.lag.ms": str(DAY),
    "delete.retention.ms": str(2 * DAY),
    "retention.ms": "604800000",
    "segment.ms": str(DAY),
}
DELETE = {"cleanup.policy": "delete", "retention.ms": str(7 * DAY), "segment.ms": str(DAY)}


def found(short: str, at: int = AT, value: bytes | None = b"x", *, is_last: bool = True) -> Found:
    topic = CATALOGUE[short]
    record = SimpleNamespace(
        topic=topic.name, partition=1, offset=at - AT, timestamp=at, key=b"K", value=value
    )
    return Found(topic, record, ("key", "value"), is_last)


def test_what_is_deleted_by_time_goes_with_its_segment() -> None:
    (left,) = remaining([found("triggers"), found("triggers", AT + 5)], {"s.triggers": DELETE})
    assert (left.topic, left.records, left.parts) == ("s.triggers", 2, ["key", "value"])
    assert left.until == format_time(AT + 5 + 8 * DAY + FIVE_MINUTES)
    assert left.places == ["s.triggers-1@0", "s.triggers-1@5"]


def test_a_tombstone_goes_in_the_second_compaction() -> None:
    some = [found("changelog", is_last=False), found("changelog", AT + 1, None)]
    (left,) = remaining(some, {"s.changelog": COMPACT})
    assert left.until == format_time(AT + 1 + 2 * 3 * DAY + FIVE_MINUTES)


def test_state_does_not_go_by_itself() -> None:
    (left,) = remaining([found("changelog")], {"s.changelog": COMPACT})
    assert left.until is None
    assert left.because == "it is state, and no earlier one: it stays until it is erased"


def test_what_has_no_end_is_said() -> None:
    lag = {**COMPACT, "max.compaction.lag.ms": str(2**63 - 1)}
    (left,) = remaining([found("changelog", value=None)], {"s.changelog": lag})
    assert left.because == "max.compaction.lag.ms has no end"
    (left,) = remaining([found("triggers")], {"s.triggers": {**DELETE, "retention.ms": "-1"}})
    assert left.because == "retention.ms has no end"


def test_signals_are_deleted_by_their_worker() -> None:
    (left,) = remaining([found("signals")], {"s.signals": {**DELETE, "retention.ms": "-1"}})
    assert left.until == format_time(AT + 3_600_000 + DAY + FIVE_MINUTES)
