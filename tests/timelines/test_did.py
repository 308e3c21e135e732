"""Section 3, `did`: the number of matching events in (t-W, t] is in [at_least, at_most]."""

import pytest

from .drawing import expect


def segment(condition: str) -> str:
    return f"- {{name: s, when: {condition}, trigger: {{}}}}"


THREE = segment("{did: searched, at_least: 3, within: 1h}")
NOT_ORDERED = segment("{not: {did: order_placed, within: 1h}}")
AT_MOST_ONE = segment("{did: searched, at_most: 1, within: 1h}")


def test_once_is_enough_unless_said_otherwise() -> None:
    expect(segment("{did: searched}"), "10:00 searched c1 bags", "10:00 fired s c1")


def test_a_stay_is_told_once() -> None:
    expect(
        segment("{did: searched}"),
        "10:00 searched c1 bags; 10:10 searched c1 shoes; 1d+10:00 end",
        "10:00 fired s c1",
    )


def test_an_event_of_another_type_does_not_count() -> None:
    expect(segment("{did: searched}"), "10:00 page_viewed c1; 10:05 product_viewed c1 p1", "")


def test_a_custom_type_counts_like_the_rest() -> None:
    expect(
        segment("{did: quiz_finished, where: {score: {gte: 3}}}"),
        "10:00 quiz_finished c1 score=2; 10:05 quiz_finished c1 score=3",
        "10:05 fired s c1",
    )


def test_only_matching_events_count() -> None:
    expect(
        segment("{did: product_viewed, where: {category: bags}, at_least: 2}"),
        """
        10:00 product_viewed c1 p1 category=bags
        10:05 product_viewed c1 p2 category=shoes
        10:10 product_viewed c1 p3
        10:15 product_viewed c1 p1 category=bags
        """,
        "10:15 fired s c1",
    )


def test_exactly_w_ago_is_no_longer_within() -> None:
    expect(THREE, "10:00 searched c1 a; 10:30 searched c1 b; 11:00 searched c1 c", "")


def test_a_millisecond_less_than_w_ago_is_within() -> None:
    expect(
        THREE,
        "10:00 searched c1 a; 10:30 searched c1 b; 10:59:59.999 searched c1 c",
        "10:59:59.999 fired s c1",
    )


def test_events_of_the_same_time_count_each() -> None:
    expect(
        THREE, "10:00 searched c1 a; 10:00 searched c1 a; 10:00 searched c1 a", "10:00 fired s c1"
    )


def test_without_within_all_the_past_counts() -> None:
    expect(
        segment("{did: searched, at_least: 2}"),
        "-400d+10:00 searched c1 a; 10:00 searched c1 b",
        "10:00 fired s c1",
    )


def test_time_alone_ends_a_count_exactly_w_after_the_event() -> None:
    # At 11:00 the search of 10:00 has left (10:00, 11:00], so the next one enters again.
    expect(
        segment("{did: searched, within: 1h}"),
        "10:00 searched c1 a; 11:00 searched c1 b",
        "10:00 fired s c1; 11:00 fired s c1",
    )


def test_within_w_the_stay_goes_on() -> None:
    expect(
        segment("{did: searched, within: 1h}"),
        "10:00 searched c1 a; 10:59:59.999 searched c1 b; 11:59:59.998 searched c1 c",
        "10:00 fired s c1",
    )


def test_time_alone_makes_a_negation_true_exactly_w_after_the_event() -> None:
    expect(NOT_ORDERED, "10:00 order_placed c1 o1; 10:59:59.999 end", "")
    expect(NOT_ORDERED, "10:00 order_placed c1 o1; 11:00 end", "11:00 fired s c1")


def test_a_contact_who_never_did_it_has_not_done_it_since_its_first_event() -> None:
    expect(NOT_ORDERED, "10:00 page_viewed c1; 12:00 page_viewed c1", "10:00 fired s c1")


def test_an_order_at_the_instant_the_negation_turns_true_comes_after_it() -> None:
    expect(
        NOT_ORDERED,
        "10:00 order_placed c1 o1; 11:00 order_placed c1 o2; 12:00 end",
        "11:00 fired s c1; 12:00 fired s c1",
    )


def test_with_only_at_most_none_is_enough() -> None:
    expect(AT_MOST_ONE, "10:00 page_viewed c1", "10:00 fired s c1")


def test_too_many_leave_and_time_alone_brings_back() -> None:
    # At 11:00 only the search of 10:10 is left in (10:00, 11:00].
    expect(
        AT_MOST_ONE,
        "10:00 searched c1 a; 10:10 searched c1 b; 12:00 end",
        "10:00 fired s c1; 11:00 fired s c1 emitted=12:00",
    )


def test_at_least_and_at_most_are_both_included() -> None:
    # 10:00 1, 10:10 2 (in), 10:20 3 (out), 11:00 2 (in), 11:10 1 (out).
    expect(
        segment("{did: searched, at_least: 2, at_most: 2, within: 1h}"),
        "10:00 searched c1 a; 10:10 searched c1 b; 10:20 searched c1 c; 13:00 end",
        "10:10 fired s c1; 11:00 fired s c1 emitted=13:00",
    )


def test_any_counts_every_activity() -> None:
    expect(
        segment("{did: any, at_least: 3}"),
        """
        10:00 searched c1 a
        10:01 message_sent c1 email
        10:02 message_opened c1 email
        10:03 contact_updated c1 country=PL
        10:04 quiz_finished c1
        """,
        "10:04 fired s c1",
    )


def test_a_count_is_of_one_contact() -> None:
    expect(segment("{did: searched, at_least: 2}"), "10:00 searched c1 a; 10:05 searched c2 a", "")


@pytest.mark.parametrize(
    ("written", "after"),
    [
        ("250ms", "10:00:00.250"),
        ("90s", "10:01:30"),
        ("15m", "10:15"),
        ("2h", "12:00"),
        ("1d", "1d+10:00"),
        ("1w", "7d+10:00"),
    ],
)
def test_durations_have_units(written: str, after: str) -> None:
    expect(
        segment(f"{{not: {{did: searched, within: {written}}}}}"),
        f"10:00 searched c1 a; {after} end",
        f"{after} fired s c1",
    )


def test_all_any_and_not_nest() -> None:
    rules = segment(
        "{any: [{all: [{did: searched, within: 1h}, {not: {did: order_placed, within: 1h}}]},"
        " {not: {any: [{did: searched}, {did: page_viewed}]}}]}"
    )
    # 10:00 neither searched nor viewed: in. 10:10 viewed: out. 10:20 searched: in.
    # 10:30 ordered: out. 11:20 the search is over: still out. 11:30 the order too: still out.
    expect(
        rules,
        """
        10:00 wishlist_added c1 p1
        10:10 page_viewed c1
        10:20 searched c1 a
        10:30 order_placed c1 o1
        12:00 end
        """,
        "10:00 fired s c1; 10:20 fired s c1",
    )


def test_a_stay_between_two_instants_of_time_alone_is_told_even_in_one_leap() -> None:
    # In from 11:00 (no search within 1h) to 12:00 (no view within 2h any more).
    expect(
        segment("{all: [{not: {did: searched, within: 1h}}, {did: product_viewed, within: 2h}]}"),
        "10:00 searched c1 a; 10:00 product_viewed c1 p1; 20:00 end",
        "11:00 fired s c1 emitted=20:00",
    )


def test_conditions_on_the_same_events_may_differ_in_number_and_window() -> None:
    # Two within 1h: 10:30 to 11:00 and again at 12:30. Three within 3h: from 12:20 on.
    expect(
        "- {name: two, when: {did: searched, at_least: 2, within: 1h}, trigger: {}}\n"
        "- {name: three, when: {did: searched, at_least: 3, within: 3h}, trigger: {}}\n"
        "- {name: four, when: {did: searched, at_least: 4}, trigger: {}}",
        "10:00 searched c1 a; 10:30 searched c1 b; 12:20 searched c1 c; 12:30 searched c1 d",
        """
        10:30 fired two c1
        12:20 fired three c1
        12:30 fired two c1
        12:30 fired four c1
        """,
    )
