"""Section 2: how the time of an event is written, and section 5: how it is written out."""

import pytest

from .drawing import Record, play_events

SEARCHER = "- {name: searcher, when: {did: searched}, trigger: {}}"


def search(time: object) -> Record:
    return {"type": "searched", "contact": "c1", "time": time, "data": {"query": "bags"}}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-21T10:00:00Z", "2026-11-21T10:00:00.000Z"),
        ("2026-11-21T10:00:00+00:00", "2026-11-21T10:00:00.000Z"),
        ("2026-11-21T12:00:00+02:00", "2026-11-21T10:00:00.000Z"),
        ("2026-11-21T04:30:00-05:30", "2026-11-21T10:00:00.000Z"),
        ("2026-11-21T00:30:00+02:00", "2026-11-20T22:30:00.000Z"),
        ("2026-11-21t10:00:00z", "2026-11-21T10:00:00.000Z"),
        ("2026-11-21T10:00:00.5Z", "2026-11-21T10:00:00.500Z"),
        ("2026-11-21T10:00:00.123Z", "2026-11-21T10:00:00.123Z"),
        ("2024-02-29T10:00:00Z", "2024-02-29T10:00:00.000Z"),
        (1795255200000, "2026-11-21T10:00:00.000Z"),
        (1795255200123, "2026-11-21T10:00:00.123Z"),
        (100_000_000_000, "1973-03-03T09:46:40.000Z"),
    ],
)
def test_a_time_is_rfc_3339_with_an_offset_or_integer_milliseconds(
    written: object, meant: str
) -> None:
    (fired,) = play_events(SEARCHER, [search(written)]).triggers
    assert (fired["entered_at"], fired["emitted_at"], fired["anchor"]) == (meant, meant, meant)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-21T10:00:00.1239Z", "2026-11-21T10:00:00.123Z"),
        ("2026-11-21T10:00:00.9999999Z", "2026-11-21T10:00:00.999Z"),
        ("2026-11-21T10:00:00.999999999999Z", "2026-11-21T10:00:00.999Z"),
        ("1969-12-31T23:59:59.9999Z", "1969-12-31T23:59:59.999Z"),
    ],
)
def test_more_than_three_decimals_are_cut_not_rounded(written: str, meant: str) -> None:
    (fired,) = play_events(SEARCHER, [search(written)]).triggers
    assert fired["entered_at"] == meant


def test_cut_times_are_equal_times() -> None:
    # Both views are at 10:00:00.123, so the count of the millisecond is two.
    records = [search("2026-11-21T10:00:00.1231Z"), search("2026-11-21T10:00:00.1239Z")]
    rules = "- {name: twice, when: {did: searched, at_least: 2, within: 1ms}, trigger: {}}"
    (fired,) = play_events(rules, records).triggers
    assert fired["entered_at"] == "2026-11-21T10:00:00.123Z"


@pytest.mark.parametrize(
    "written",
    [
        None,
        "",
        "yesterday",
        "2026-11-21",
        "2026-11-21T10:00:00",
        "2026-02-30T10:00:00Z",
        "2026-11-21T25:00:00Z",
        "2026-11-21T10:00:00+2",
        "1795255200000",
        1795255200000.5,
        True,
        [],
        {},
    ],
)
def test_anything_else_is_a_bad_time(written: object) -> None:
    played = play_events(SEARCHER, [search(written), search("2026-11-21T10:00:00Z")])
    assert [refused["code"] for refused in played.refused] == ["bad_time"]
    assert len(played.triggers) == 1


def test_an_event_without_time_has_a_bad_time() -> None:
    record = search(0)
    del record["time"]
    assert [refused["code"] for refused in play_events(SEARCHER, [record]).refused] == ["bad_time"]


def test_in_a_replay_no_event_is_moved_to_a_wall_clock_or_stale() -> None:
    fired = play_events(
        SEARCHER,
        [search("1999-12-31T10:00:00Z"), search("2099-12-31T10:00:00Z") | {"contact": "c2"}],
    ).triggers
    assert [each["entered_at"] for each in fired] == [
        "1999-12-31T10:00:00.000Z",
        "2099-12-31T10:00:00.000Z",
    ]
