"""Membership: who enters and leaves a segment is told as triggers are, each stay once."""

from .drawing import events, lines, play_events, rfc, show

PAUSE = (
    "- {name: s, membership: true, when: {all: [{did: searched, within: 70m},"
    " {idle: searched, for: 1h}]}}"
)
"""In from 60 to 70 minutes after the last search."""


def expect(
    timeline: str,
    expected: str,
    segments: str = PAUSE,
    lateness: str = "0s",
    received: dict[str, str] | None = None,
) -> None:
    """`11:00 entered time`, `11:10 exited event emitted=12:00`: when, what, why, told when.

    ``received``: the arrival of the events of a time, where the clock of their sender is ahead.
    """
    records, until = events(timeline)
    for clock, arrival in (received or {}).items():
        for record in records:
            if record["time"] == rfc(clock):
                record["received"] = rfc(arrival)
    played = play_events(segments, records, until=until, lateness=lateness)
    assert played.refused == []
    told = []
    for record in played.membership:
        instant = record["exited_at" if record["type"] == "segment.exited" else "entered_at"]
        words = [show(instant), record["type"].removeprefix("segment."), record["cause"]]
        if record["emitted_at"] != instant:
            words.append(f"emitted={show(record['emitted_at'])}")
        told.append(" ".join(words))
    assert told == lines(expected)


def test_each_change_waits_for_lateness_where_time_alone_makes_it() -> None:
    expect(
        "10:00 searched c1 a; 11:05 page_viewed c2; 11:15 page_viewed c2; 12:00 end",
        "11:00 entered time emitted=11:05; 11:10 exited time emitted=11:15",
        lateness="5m",
    )


def test_a_stay_that_time_ends_is_told_even_if_it_is_over_by_then() -> None:
    # The view of 11:15 decides both changes; each is told in its turn.
    expect(
        "10:00 searched c1 a; 11:15 page_viewed c1; 12:05 page_viewed c2; 13:00 end",
        "11:00 entered time emitted=12:05; 11:10 exited time emitted=13:00",
        lateness="1h",
    )


def test_a_stay_that_an_event_ends_before_it_is_told_is_not() -> None:
    expect(
        "10:00 searched c1 a; 11:05 searched c1 a; 12:15 end",
        "12:05 entered time emitted=12:15",
        lateness="10m",
    )


def test_what_an_event_ends_is_told_at_once() -> None:
    expect(
        "10:00 searched c1 a; 11:05 page_viewed c2; 11:05 searched c1 a; 12:00 end",
        "11:00 entered time emitted=11:05; 11:05 exited event",
        lateness="5m",
    )


FEW = (
    "- {name: s, membership: true, when: {any: [{did: page_viewed, within: 10m},"
    " {all: [{did: searched, within: 70m}, {idle: searched, for: 1h}]}]}}"
)


def test_before_an_event_brings_the_contact_back_the_stays_before_are_told() -> None:
    expect(
        "10:00 searched c1 a; 11:20 page_viewed c1; 13:00 end",
        """
        11:00 entered time emitted=11:20
        11:10 exited time emitted=11:20
        11:20 entered event
        11:30 exited time emitted=13:00
        """,
        segments=FEW,
        lateness="1h",
    )


def test_before_time_brings_the_contact_back_nothing_is_told_sooner() -> None:
    expect(
        "10:00 page_viewed c1; 10:00 searched c1 a; 11:20 message_sent c1 email; 11:40 end",
        """
        10:00 entered event
        10:10 exited time emitted=11:20
        11:00 entered time emitted=11:40
        11:10 exited time emitted=11:40
        """,
        segments=FEW,
        lateness="30m",
    )


def test_a_stay_that_an_event_ends_at_once_is_not_the_one_that_another_begins_then() -> None:
    # At 11:00 time brings c1 in, the search ends that, and the view brings c1 in.
    expect(
        "10:00 searched c1 a; 11:00 searched c1 b; 11:00 page_viewed c1; 11:55 end",
        "11:00 entered event; 11:10 exited time emitted=11:55",
        segments=FEW,
        lateness="30m",
    )


def test_an_event_that_ends_a_stay_is_the_cause_even_if_another_brings_the_contact_back() -> None:
    # A clock is 3 minutes ahead, so the entry of 11:00 still waits as the search of 11:03 ends it.
    expect(
        "10:00 searched c1 a; 11:03 searched c1 b; 11:03 page_viewed c1; 11:10 end",
        """
        11:00 entered time
        11:03 exited event emitted=11:00
        11:03 entered event emitted=11:00
        """,
        segments=FEW,
        lateness="1m",
        received={"11:03": "11:00"},
    )


def test_an_event_that_ended_a_stay_is_the_cause_even_if_the_key_is_forgotten_then() -> None:
    # The exit of 11:03 waits as its entry did; by 11:02 the entry is told, and p2 takes p1's place.
    expect(
        """
        10:00 product_viewed c1 p1; 11:03 product_viewed c1 p1; 11:02 page_viewed c2
        11:03:30 product_viewed c1 p2; 11:10 end
        """,
        """
        11:00 entered time emitted=11:02
        11:03 exited event emitted=11:02
        """,
        segments="- {name: s, membership: true, per: product, max_keys: 1,"
        " when: {idle: product_viewed, for: 1h}}",
        lateness="1m",
        received={"11:03": "11:00", "11:03:30": "11:02"},
    )
