"""When a cap opens, and what counts in it."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from streamseg.core.events import Event
from streamseg.core.features.base import FOREVER, States, UpdateContext
from streamseg.core.policies.caps import Cap, Counted, digest_of, records_of
from streamseg.core.values.zones import DAY_MS

from .test_quiet import instant, zone

KYIV = zone("Europe/Kyiv")


def test_a_window_is_open_at_its_left_end() -> None:
    weekly = Cap("weekly", 1, 7 * DAY_MS, None)
    fired = [instant("2026-11-16T10:00+02:00")]
    opens = weekly.opens(fired, 1, KYIV, instant("2026-11-22T12:00+02:00"))
    assert opens == instant("2026-11-23T10:00+02:00")
    assert weekly.opens(fired, 1, KYIV, opens) == opens
    assert weekly.opens(fired, 2, KYIV, fired[0]) == fired[0]


def test_a_day_a_week_and_a_month_end_at_local_midnight() -> None:
    fired = [instant("2026-11-25T23:30+02:00")]  # a Wednesday
    asked = instant("2026-11-25T23:45+02:00")
    ends = {"day": "2026-11-26", "week": "2026-11-30", "month": "2026-12-01"}
    for per, day in ends.items():
        cap = Cap("c", 1, None, per)
        assert cap.opens(fired, 1, KYIV, asked) == instant(f"{day}T00:00+02:00")


def test_a_week_is_from_monday_on_and_a_month_may_end_with_a_leap_day_or_a_year() -> None:
    weekly, monthly = Cap("w", 2, None, "week"), Cap("m", 1, None, "month")
    fired = [instant("2026-11-23T00:00+02:00"), instant("2026-11-25T10:00+02:00")]  # Mon, Wed
    friday = instant("2026-11-27T10:00+02:00")
    assert weekly.opens(fired, 2, KYIV, friday) == instant("2026-11-30T00:00+02:00")
    sunday = instant("2026-11-22T23:59:59.999+02:00")
    assert weekly.opens([sunday, *fired[1:]], 2, KYIV, friday) == friday
    for day, following in (("2028-02-29", "2028-03-01"), ("2026-12-31", "2027-01-01")):
        last = instant(f"{day}T23:00+02:00")
        assert monthly.opens([last], 1, KYIV, last) == instant(f"{following}T00:00+02:00")


def test_of_more_than_the_limit_the_latest_hold_the_places() -> None:
    daily = Cap("daily", 1, DAY_MS, None, attribute="n")
    hours = [n * DAY_MS // 24 for n in range(4)]
    assert daily.opens(hours, 2, KYIV, hours[3]) == hours[2] + DAY_MS
    assert daily.opens(hours, 4, KYIV, hours[3]) == hours[0] + DAY_MS
    assert daily.opens(hours, 5, KYIV, hours[3]) == hours[3]


def test_a_month_with_a_moved_clock_ends_at_midnight() -> None:
    fired = [instant("2026-10-02T10:00+03:00")]
    cap = Cap("monthly", 1, None, "month")
    assert cap.opens(fired, 1, KYIV, fired[0]) == instant("2026-11-01T00:00+02:00")


def test_what_is_counted_is_put_into_the_zone_that_is_known() -> None:
    daily = Cap("daily", 1, None, "day")
    fired = [instant("2026-11-21T23:30+02:00")]
    asked = instant("2026-11-22T00:30+02:00")
    assert daily.opens(fired, 1, KYIV, asked) == asked
    new_york = zone("America/New_York")
    assert daily.opens(fired, 1, new_york, asked) == instant("2026-11-22T00:00-05:00")


def test_nothing_is_allowed_is_never() -> None:
    assert Cap("none", 0, DAY_MS, None).opens([], 0, KYIV, 0) == FOREVER


def test_the_limit_of_the_contact_is_cut_to_a_whole_number() -> None:
    cap = Cap("daily", 2, None, "day", attribute="preferences.per_day")
    values = [3, Decimal("1.9"), 0, -1, "5", None, True, 1_000_000]
    assert [cap.limit(one) for one in values] == [3, 1, 0, 2, 2, 2, 2, 100]


def sent(time: int, **data: str) -> Event:
    return Event("message_sent", "c", time, data)


def test_a_message_of_a_trigger_that_counts_does_not_count_again() -> None:
    counted, states, moment = Counted("c", "email", 10), {}, UpdateContext()
    trigger = "0123456789abcdef0123456789abcdef"
    counted.add(states, 0, 600, digest_of(trigger))
    counted.update(states, 0, sent(602, channel="email", trigger=trigger), moment)
    counted.update(states, 0, sent(603, channel="email"), moment)
    counted.update(states, 0, sent(604, channel="push"), moment)
    counted.update(states, 0, sent(605, channel="email", trigger="campaign"), moment)
    assert [at for at, _ in records_of(states[0])] == [600, 603, 605]


@given(st.lists(st.integers(-(10**14), 10**14), max_size=12), st.integers(1, 4))
def test_the_latest_are_kept_in_any_order(times: list[int], keep: int) -> None:
    counted, moment = Counted("c", "email", keep), UpdateContext()
    states: States = {}
    for time in times:
        counted.update(states, 0, sent(time, channel="email"), moment)
    assert [at for at, _ in records_of(states.get(0))] == sorted(times)[-keep:]


def test_of_two_who_are_one_each_message_counts_and_a_trigger_once() -> None:
    counted, moment = Counted("c", "email", 3), UpdateContext()
    trigger = digest_of("0123456789abcdef0123456789abcdef")

    def state(*records: tuple[int, bytes]) -> bytes:
        states: States = {}
        for at, digest in records:
            counted.add(states, 0, at, digest)
        kept: bytes = states[0]
        return kept

    one, other = state((5, trigger), (7, b"")), state((4, b""), (6, trigger), (8, b""))
    joined = counted.join(one, other, moment)
    assert [at for at, _ in records_of(joined)] == [6, 7, 8]
    joined = counted.join(state((5, trigger), (7, b"")), state((6, trigger)), moment)
    assert records_of(joined) == [(6, trigger), (7, bytes(7))]
