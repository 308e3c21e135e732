"""engagement_drop: the last open or click is at least `after` ago, and messages were sent since."""

import pytest

from .drawing import expect, play, refuse

DROP = "- {name: drop, use: engagement_drop, with: {after: 10d, sent: 2}}"
FIRED = "10d+10:00 fired drop c1 rung=10d anchor=10:00"


def sent(*days: int, channel: str = "email") -> str:
    return "; ".join(f"{day}d+11:00 message_sent c1 {channel}" for day in days)


def test_all_defaults() -> None:
    rule = "- {name: drop, use: engagement_drop}"
    drawn = "10:00 message_opened c1 email; {}; 60d+10:00 end"
    expect(rule, drawn.format(sent(1, 2)), "")
    expect(rule, drawn.format(sent(1, 2, 3)), "60d+10:00 fired drop c1 rung=60d anchor=10:00")


def test_exactly_after_and_not_a_millisecond_before() -> None:
    drawn = f"10:00 message_opened c1 email; {sent(1, 2)}; "
    expect(DROP, drawn + "10d+09:59:59.999 end", "")
    expect(DROP, drawn + "10d+10:00 end", FIRED)


def test_who_was_sent_too_little_is_not_disengaged_until_it_is_sent() -> None:
    expect(DROP, f"10:00 message_opened c1 email; {sent(1)}; 30d+10:00 end", "")
    expect(
        DROP,
        f"10:00 message_opened c1 email; {sent(1, 20)}; 30d+10:00 end",
        "20d+11:00 fired drop c1 rung=10d anchor=10:00",
    )


def test_only_what_was_sent_after_the_last_open_counts() -> None:
    expect(
        DROP,
        f"""
        09:00 message_sent c1 email
        10:00 message_sent c1 email
        10:00 message_opened c1 email
        {sent(1)}
        30d+10:00 end
        """,
        "",
    )


def test_who_never_engaged_never_enters() -> None:
    expect(DROP, f"10:00 message_delivered c1 email; {sent(1, 2, 3)}; 90d+10:00 end", "")


@pytest.mark.parametrize("engaged", ["message_opened", "message_clicked"])
def test_an_open_or_click_ends_it_and_begins_another(engaged: str) -> None:
    expect(
        DROP,
        f"""
        10:00 message_opened c1 email
        {sent(1, 2)}
        11d+10:00 {engaged} c1 email
        {sent(12, 13)}
        21d+10:00 end
        """,
        FIRED + " emitted=11d+10:00; 21d+10:00 fired drop c1 rung=10d anchor=11d+10:00",
    )


@pytest.mark.parametrize(
    "other", ["order_placed c1 o1", "page_viewed c1", "message_delivered c1 email"]
)
def test_nothing_else_is_engagement(other: str) -> None:
    expect(
        DROP, f"10:00 message_opened c1 email; {sent(1, 2)}; 3d+10:00 {other}; 10d+10:00 end", FIRED
    )


def test_opens_may_be_left_out() -> None:
    rule = "- {name: drop, use: engagement_drop, with: {after: 10d, sent: 2, by: clicked}}"
    expect(
        rule,
        f"""
        10:00 message_clicked c1 email
        {sent(1, 2)}
        3d+10:00 message_opened c1 email
        10d+10:00 end
        """,
        FIRED,
    )


def test_one_channel_may_count() -> None:
    rule = "- {name: drop, use: engagement_drop, with: {after: 10d, sent: 2, channel: email}}"
    other = "; 5d+10:00 message_opened c1 sms; 10d+10:00 end"
    expect(rule, f"10:00 message_opened c1 email; {sent(1, 2)}" + other, FIRED)
    expect(rule, f"10:00 message_opened c1 email; {sent(1, 2, channel='sms')}" + other, "")


def test_each_rung_fires_once_in_a_silence() -> None:
    expect(
        "- {name: drop, use: engagement_drop, with: {after: [10d, 20d], sent: 1}}",
        f"10:00 message_opened c1 email; {sent(1, 12, 15, 25)}; 90d+10:00 end",
        """
        10d+10:00 fired drop c1 rung=10d anchor=10:00 emitted=12d+11:00
        20d+10:00 fired drop c1 rung=20d anchor=10:00 emitted=25d+11:00
        """,
    )


def test_the_context_is_the_last_engagement() -> None:
    (fired,) = play(DROP, f"10:00 message_clicked c1 email; {sent(1, 2)}; 10d+10:00 end").triggers
    assert fired["context"] == {
        "last": {"type": "message_clicked", "time": "2026-11-21T10:00:00.000Z"}
    }


def test_a_late_open_cancels_it() -> None:
    expect(
        DROP,
        f"10:00 message_opened c1 email; {sent(1, 2)}; 10d+12:00 page_viewed c2; "
        "5d+10:00 message_opened c1 email; 40d+10:00 end",
        f"""
        {FIRED} emitted=10d+12:00
        10d+10:00 cancelled drop c1 rung=10d anchor=10:00 emitted=10d+12:00
        """,
    )


def test_late_sendings_count_where_they_belong() -> None:
    drawn = "10:00 message_opened c1 email; 9d+10:00 page_viewed c1; {}; 10d+10:00 end"
    expect(DROP, drawn.format(sent(2, 1)), FIRED)
    expect(DROP, drawn.format("2d+11:00 message_sent c1 email; 09:00 message_sent c1 email"), "")


def test_bad_parameters_are_refused_at_their_place() -> None:
    refuse("- {name: s, use: engagement_drop, with: {by: §bounced}}", "bounced", "opened")
    refuse("- {name: s, use: engagement_drop, with: {sent: §0}}", "0", "1")
    refuse("- {name: s, use: engagement_drop, with: {after: §[]}}", "empty")
    refuse("- {name: s, use: engagement_drop, with: {channel: §[email]}}", "list")
