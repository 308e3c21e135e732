"""Section 3, inactivity: the last qualifying event is at least `after` ago."""

from .drawing import expect, play

QUIET = "- {name: quiet, use: inactivity, with: {after: 2h}}"
ORDERS = "- {name: quiet, use: inactivity, with: {after: 2h, of: [order_placed, checkout_started]}}"


def test_all_defaults() -> None:
    expect(
        "- {name: quiet, use: inactivity}",
        "10:00 page_viewed c1; 29d+10:00 searched c1 a; 59d+10:00 end",
        "59d+10:00 fired quiet c1 rung=30d anchor=29d+10:00",
    )


def test_exactly_after_and_not_a_millisecond_before() -> None:
    expect(QUIET, "10:00 page_viewed c1; 11:59:59.999 end", "")
    expect(QUIET, "10:00 page_viewed c1; 12:00 end", "12:00 fired quiet c1 rung=2h anchor=10:00")


def test_contacts_without_a_qualifying_event_never_enter() -> None:
    expect(QUIET, "10:00 contact_updated c1 country=PL; 10:00 message_sent c1 email; 20:00 end", "")
    expect(ORDERS, "10:00 page_viewed c1; 20:00 end", "")


def test_only_the_listed_types_qualify() -> None:
    expect(
        ORDERS,
        "10:00 checkout_started c1 k1; 11:00 page_viewed c1; 12:00 end",
        "12:00 fired quiet c1 rung=2h anchor=10:00",
    )
    expect(
        ORDERS,
        "10:00 checkout_started c1 k1; 11:00 order_placed c1 o1; 13:00 end",
        "13:00 fired quiet c1 rung=2h anchor=11:00",
    )


def test_a_list_may_name_what_is_no_activity() -> None:
    expect(
        "- {name: quiet, use: inactivity, with: {after: 2h, of: [message_sent]}}",
        "10:00 message_sent c1 email; 11:00 page_viewed c1; 12:00 end",
        "12:00 fired quiet c1 rung=2h anchor=10:00",
    )


def test_an_event_at_the_very_instant_ends_a_silence_that_was() -> None:
    expect(
        QUIET,
        "10:00 page_viewed c1; 12:00 page_viewed c1; 14:00 end",
        """
        12:00 fired quiet c1 rung=2h anchor=10:00
        14:00 fired quiet c1 rung=2h anchor=12:00
        """,
    )


def test_a_silence_is_told_once() -> None:
    expect(
        QUIET,
        "10:00 page_viewed c1; 13:00 contact_updated c1 a=1; 300d+10:00 end",
        "12:00 fired quiet c1 rung=2h anchor=10:00 emitted=13:00",
    )


def test_the_context_is_when_and_what_the_last_event_was() -> None:
    (fired,) = play(QUIET, "10:00 page_viewed c1; 10:30 searched c1 a; 13:00 end").triggers
    assert "searched" in str(fired["context"])
    assert "2026-11-21T10:30:00.000Z" in str(fired["context"])


def test_a_late_event_older_than_the_last_one_changes_nothing() -> None:
    expect(
        QUIET,
        "10:00 page_viewed c1; 09:00 page_viewed c1; 12:00 end",
        "12:00 fired quiet c1 rung=2h anchor=10:00",
    )


def test_a_late_event_within_the_wait_restarts_it() -> None:
    # contact_updated decides 11:30; the view of 11:00 comes late and moves the end of the wait.
    expect(
        QUIET,
        "10:00 page_viewed c1; 11:30 contact_updated c1 a=1; 11:00 page_viewed c1; 13:00 end",
        "13:00 fired quiet c1 rung=2h anchor=11:00",
    )


def test_a_late_event_cancels_the_silence_that_it_broke_and_starts_its_own() -> None:
    expect(
        QUIET,
        "10:00 page_viewed c1; 12:10 page_viewed c2; 11:00 page_viewed c1; 13:00 end",
        """
        12:00 fired quiet c1 rung=2h anchor=10:00 emitted=12:10
        12:00 cancelled quiet c1 rung=2h anchor=10:00 emitted=12:10
        13:00 fired quiet c1 rung=2h anchor=11:00
        """,
    )


def test_a_late_event_of_the_instant_of_entering_or_later_cancels_nothing() -> None:
    drawn = "10:00 page_viewed c1; 12:30 contact_updated c1 a=1; {} page_viewed c1; 14:30 end"
    told = "12:00 fired quiet c1 rung=2h anchor=10:00 emitted=12:30; "
    expect(
        QUIET,
        drawn.format("12:00"),
        told + "14:00 fired quiet c1 rung=2h anchor=12:00 emitted=14:30",
    )
    expect(
        QUIET,
        drawn.format("12:20"),
        told + "14:20 fired quiet c1 rung=2h anchor=12:20 emitted=14:30",
    )


def test_a_first_event_that_comes_long_after_its_time_tells_each_rung() -> None:
    expect(
        "- {name: quiet, use: inactivity, with: {after: [2h, 4h]}}",
        "20:00 contact_updated c2 a=1; 10:00 page_viewed c1",
        """
        12:00 fired quiet c1 rung=2h anchor=10:00 emitted=20:00
        14:00 fired quiet c1 rung=4h anchor=10:00 emitted=20:00
        """,
    )
