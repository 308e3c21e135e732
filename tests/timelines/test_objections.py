"""`privacy: {profiling: PATH}`: while that attribute is false, nothing else is remembered."""

from __future__ import annotations

import pytest

from .drawing import play, refuse

CART = "- {name: cart_left, use: abandoned_cart, membership: true}"
HELLO = "- {name: hello, use: welcome}"
TWICE = "- {name: twice, when: {did: order_placed, at_least: 2}, trigger: {}, membership: true}"
FANS = "- {name: fans, per: product, when: {did: product_viewed}, trigger: {}, membership: true}"
NO_ORDER = "- {name: cold, when: {not: {did: order_placed, within: 2d}}, trigger: {}}"
SEARCHED = '- {name: searched, "on": searched}'
NO = "contact_updated K profiling=false"
YES = "contact_updated K profiling=true"


def rules(*segments: str, more: str = "") -> str:
    lines = "\n".join(f"  {one}" for one in segments)
    return f"privacy: {{profiling: profiling}}\n{more}segments:\n{lines}\n"


def test_who_objects_is_in_no_segment_and_it_is_told() -> None:
    played = play(
        rules(TWICE, FANS),
        f"""
        10:00 order_placed K o1; 10:01 order_placed K o2; 10:02 product_viewed K p
        11:00 {NO}; 12:00 order_placed K o3; 12:01 product_viewed K q; 13:00 end
        """,
    )
    assert played.told() == ["10:01 fired twice K", "10:02 fired fans K key=p"]
    assert played.changes() == [
        "10:01 entered twice K cause=event",
        "10:02 entered fans K key=p cause=event",
        "11:00 exited twice K cause=objected",
        "11:00 exited fans K key=p cause=objected",
    ]
    assert played.became() == []  # it is still a contact


def test_what_waits_to_be_told_is_not() -> None:
    drawn = f"10:00 cart_item_added K bag; 11:00:02 {NO}; 12:00 end"
    assert play(rules(CART), drawn, lateness="5s").told() == []
    policies = "policies: {zone: {default: UTC}, quiet: {from: 22:00, to: 08:00}}\n"
    drawn = f"22:10 order_placed K o1; 22:11 order_placed K o2; 23:00 {NO}; 1d+09:00 end"
    played = play(rules(TWICE, more=policies), drawn)
    assert played.told() == []
    assert [one.split()[1] for one in played.held_back()] == ["deferred"]  # and nothing later


def test_instant_rules_do_not_fire_for_who_objects() -> None:
    drawn = f"10:00 searched K x; 11:00 {NO}; 12:00 searched K y; 13:00 {YES}; 14:00 searched K z"
    assert play(rules(SEARCHED), drawn).told() == [
        "10:00 fired searched K anchor=10:00#line:1",
        "14:00 fired searched K anchor=14:00#line:5",
    ]


def test_who_takes_it_back_is_known_from_then_on_only() -> None:
    drawn = f"10:00 order_placed K o1; 11:00 {NO}; 12:00 order_placed K o2; 1d+10:00 {YES}; {{}}"
    later = "1d+11:00 order_placed K o3; 1d+12:00 order_placed K o4; 2d+10:00 end"
    assert play(rules(TWICE), drawn.format(later)).told() == ["1d+12:00 fired twice K"]
    # their silence is not known before it has lasted for as long as is asked, and it is no welcome
    drawn = f"09:00 session_started K; {drawn}"
    again = "1d+10:30 session_started K; 4d+10:00 end"
    played = play(rules(NO_ORDER, HELLO), drawn.format(again))
    assert played.told() == [
        "09:00 fired cold K",
        "09:00 fired hello K rung=0s",
        "3d+10:00 fired cold K emitted=4d+10:00",
    ]


def test_a_rule_on_the_attribute_itself_sees_that_it_is_taken_back() -> None:
    segment = "- {name: agreed, when: {attribute: profiling, eq: true}, trigger: {}}"
    drawn = f"10:00 {NO}; 11:00 {YES}; 12:00 {NO}; 13:00 end"
    assert play(rules(segment), drawn).told() == ["11:00 fired agreed K"]


def test_who_objects_at_once_is_remembered_by_that_only() -> None:
    drawn = f"10:00 {NO}; 10:01 order_placed K o1; 10:02 order_placed K o2; 11:00 end"
    played = play(rules(TWICE, HELLO), drawn)
    assert (played.told(), played.changes()) == ([], [])


def test_answers_are_still_taken() -> None:
    policies = "policies: {consent: {email: {channel: email, grant: email_ok}}}\n"
    segment = TWICE.replace("trigger: {}", "trigger: {}, policy: {consent: [email]}")
    drawn = f"""
    10:00 contact_updated K email_ok=true; 11:00 {NO}; 12:00 {{}}; 13:00 {YES}
    14:00 order_placed K o1; 15:00 order_placed K o2; 16:00 end
    """
    fired = play(rules(segment, more=policies), drawn.format("page_viewed K")).told()
    assert [one.partition(" allowed")[0] for one in fired] == ["15:00 fired twice K"]
    stopped = play(
        rules(segment, more=policies), drawn.format("message_unsubscribed K email").strip()
    )
    assert [one for one in stopped.told() if " fired " in one] == []


@pytest.mark.parametrize("late", ["10:30", "11:30"])
def test_what_comes_late_of_the_time_before_is_not_remembered(late: str) -> None:
    drawn = f"""
    11:00 {NO}; 12:00 {YES}; 12:01 order_placed K o1; {late} order_placed K o2; 13:00 end
    """
    assert play(rules(TWICE), drawn).told() == []


def test_an_older_word_changes_nothing() -> None:
    drawn = f"""
    10:00 order_placed K o1; 12:00 {YES}; 11:00 {NO}; 12:30 order_placed K o2; 13:00 end
    """
    assert play(rules(TWICE), drawn).told() == ["12:30 fired twice K"]


def test_one_person_s_objection_is_that_of_all_her_ids() -> None:
    drawn = """
    10:00 order_placed A o1; 10:00 order_placed K o2; {}; 12:00 contact_merged K A
    13:00 order_placed K o3; 13:01 order_placed A o4; 14:00 end
    """
    told = play(rules(TWICE), drawn.format("11:00 page_viewed A"))
    assert told.told() == ["12:00 fired twice K"]
    by_guest = play(rules(TWICE), drawn.format("11:00 contact_updated A profiling=false"))
    assert (by_guest.told(), by_guest.became()) == ([], ["12:00 merged K from=A"])
    by_keeper = play(rules(TWICE), drawn.format(f"11:00 {NO}"))
    assert by_keeper.told() == []
    # the later word holds: what K did until then is known of K, and not all of it of both
    taken_back = f"10:30 contact_updated A profiling=false; 11:00 {YES}"
    assert play(rules(TWICE), drawn.format(taken_back)).told() == ["13:00 fired twice K"]


def test_an_erasure_forgets_the_objection_too() -> None:
    drawn = f"""
    10:00 {NO}; 11:00 contact_erased K; 12:00 order_placed K o1; 12:01 order_placed K o2
    """
    played = play(rules(TWICE), drawn)
    assert played.told() == ["12:01 fired twice K"]
    assert played.became() == ["11:00 erased K"]


def test_who_objects_is_not_forgotten_as_then_nobody_would_know() -> None:
    both = rules(TWICE).replace(
        "{profiling: profiling}", "{profiling: profiling, forget_after: 2d}"
    )
    drawn = f"10:00 {NO}; 5d+10:00 order_placed K o1; 5d+10:01 order_placed K o2; 6d+10:00 end"
    played = play(both, drawn)
    assert (played.told(), played.became()) == ([], [])


def test_only_a_false_is_an_objection() -> None:
    drawn = "10:00 order_placed K o1; 11:00 contact_updated K profiling={}; 12:00 order_placed K o2"
    for told in ("null", "0", "no", '"false"'):
        assert play(rules(TWICE), drawn.format(told)).told() == ["12:00 fired twice K"]


def test_privacy_says_something() -> None:
    refuse(rules(TWICE).replace("{profiling: profiling}", "§{}"), "forget_after or profiling")


def test_pseudonyms_are_of_topics_that_may_have_them() -> None:
    given = rules(TWICE).replace("{profiling: profiling}", "{pseudonyms: [decisions, logs]}")
    assert play(given, "10:00 order_placed K o1; 11:00 order_placed K o2").told() == [
        "11:00 fired twice K"
    ]
    refuse(given.replace("decisions, logs", "§triggers"), "found the text 'triggers'")


@pytest.mark.parametrize(
    ("known_by", "is_told"),
    [
        ("10:05 page_viewed K", False),
        ("10:05 order_placed K o1 items=coat", True),
        ("10:05 cart_updated K k1 hat", True),
        ("10d+10:00 page_viewed K", True),
    ],
)
def test_whether_a_cart_was_open_before_is_unknown_until_something_closes_it(
    known_by: str, is_told: bool
) -> None:
    later = "10d+10:10" if known_by.startswith("10d") else "10:10"
    drawn = f"09:00 {NO}; 10:00 {YES}; {known_by}; {later} cart_item_added K bag"
    told = play(rules(CART), f"{drawn}; {later.replace('10:10', '12:00')} end").told()
    assert [one.split()[1:3] for one in told] == [["fired", "cart_left"]] * is_told
