"""next_order: the contact's own rhythm tells when the next order is due."""

from .by_date import play
from .predicted import day
from .test_predict import refuse

RULE = "- {name: due, use: next_order, membership: true}"
THREE = f"{day(0)}T12:00 order 10; {day(20)}T12:00 order 10; {day(40)}T12:00 order 10".replace(
    "T00:00T", "T"
)


def test_it_is_due_a_mean_gap_after_the_last_order_day_and_ends_30_days_later() -> None:
    told = play("", RULE, f"{THREE}; 2027-01-01 end")
    assert told.lines("anchor") == ["2026-03-02T12:00 fired due anchor=2026-02-10T12:00"]
    assert told.stays()[-1] == "2026-04-01T12:00 out due time"
    assert told.triggers[0]["context"] == {
        "next_order": {"last": "2026-02-10T12:00:00.000Z", "due": "2026-03-02T12:00:00.000Z"}
    }


def test_it_may_be_told_before_it_is_due() -> None:
    rule = "- {name: due, use: next_order, with: {due: 7d, give_up: 1d}, membership: true}"
    told = play("", rule, f"{THREE}; 2027-01-01 end")
    assert told.stays() == [
        "2026-02-23T12:00 in due time",
        "2026-03-03T12:00 out due time",
    ]
    never = rule.replace("7d", "20d")  # it would be due before the order
    assert play("", never, f"{THREE}; 2027-01-01 end").lines() == []


def test_an_order_of_another_day_ends_it_and_one_of_the_same_does_not() -> None:
    again = f"{THREE}; 2026-03-03T12:00 order 10; 2027-01-01 end"
    assert "2026-03-03T12:00 out due event" in play("", RULE, again).stays()
    same = f"{THREE}; 2026-02-10T20:00 order 10; 2027-01-01 end"
    assert play("", RULE, same).lines("anchor") == [
        "2026-03-02T12:00 fired due anchor=2026-02-10T12:00"
    ]


def test_one_gap_is_no_rhythm() -> None:
    timeline = "2026-01-01 order 10; 2026-01-21 order 10; 2027-01-01 end"
    assert play("", RULE, timeline).lines() == []


def test_only_the_last_8_order_days_count() -> None:
    slow = [f"{day(100 * n)} order 10" for n in range(4)]
    quick = [f"{day(300 + 10 * n)} order 10" for n in range(1, 8)]
    told = play("", RULE, "; ".join([*slow, *quick, "2027-12-01 end"]))
    assert told.lines("anchor")[-1] == f"{day(380)} fired due anchor={day(370)}"


def test_a_late_order_changes_the_rhythm() -> None:
    late = f"{THREE}; {day(30)} order 10; 2027-01-01 end"
    assert play("", RULE, late).lines()[0].startswith("2026-02-23T20:00")


def test_bad_parameters_are_refused_at_their_place() -> None:
    refuse("zone: UTC", "- {name: d, use: next_order, with: {due: §-1d}}", "duration")
    refuse("zone: UTC", "- {name: d, use: next_order, with: {give_up: §0d}}", "longer")


def test_what_is_due_again_as_the_last_order_is_cancelled_is_told_once() -> None:
    rule = "- {name: due, use: next_order, with: {give_up: 90d}, membership: true}"
    timeline = f"{THREE}; 2026-03-03 order 10 #x; 2026-03-25 cancel #x; 2026-03-26 end"
    told = play("orders: {cancelled: 60d}", rule, timeline)
    assert told.lines("anchor") == [
        "2026-03-02T12:00 fired due anchor=2026-02-10T12:00",
        "2026-03-23T04:00 fired due anchor=2026-03-03T00:00",
    ]
    assert told.stays()[-1] == "2026-03-25T00:00 in due event"
