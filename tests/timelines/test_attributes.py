"""Section 3, `attribute`, and what `contact_updated` makes of a contact."""

import pytest

from .drawing import expect

POLE = "- {name: pole, when: {attribute: country, eq: PL}, trigger: {}}"


def test_an_attribute_holds_from_the_update_on() -> None:
    expect(POLE, "10:00 page_viewed c1; 10:05 contact_updated c1 country=PL", "10:05 fired pole c1")


def test_an_update_leaves_the_other_attributes() -> None:
    expect(
        "- {name: s, when: {all: [{attribute: a, eq: 1}, {attribute: b, eq: 2}]}, trigger: {}}",
        "10:00 contact_updated c1 a=1; 10:05 contact_updated c1 b=2",
        "10:05 fired s c1",
    )


def test_null_removes_one() -> None:
    expect(
        "- {name: s, when: {attribute: country, exists: false}, trigger: {}}",
        "10:00 contact_updated c1 country=PL; 10:05 contact_updated c1 country=null",
        "10:05 fired s c1",
    )


def test_a_change_leaves_and_a_change_back_enters_again() -> None:
    expect(
        POLE,
        """
        10:00 contact_updated c1 country=PL
        10:05 contact_updated c1 country=UA
        10:10 contact_updated c1 country=PL
        """,
        "10:00 fired pole c1; 10:10 fired pole c1",
    )


def test_dots_go_down() -> None:
    expect(
        "- {name: s, when: {attribute: address.city, eq: Lviv}, trigger: {}}",
        '10:00 contact_updated c1 address={"city":"Kyiv"}; '
        '10:05 contact_updated c1 address={"city":"Lviv"}',
        "10:05 fired s c1",
    )


def test_dots_of_a_where_go_down_too() -> None:
    expect(
        "- {name: s, when: {did: looked, where: {device.os: ios}}, trigger: {}}",
        '10:00 looked c1 device="ios"; 10:05 looked c1 device={"os":"ios"}',
        "10:05 fired s c1",
    )


def test_a_null_further_down_is_missing_too() -> None:
    expect(
        "- {name: s, when: {attribute: address.city, exists: false}, trigger: {}}",
        '10:00 contact_updated c1 address={"city":null}',
        "10:00 fired s c1",
    )


@pytest.mark.parametrize("test", ["ne: PL", "not_in: [PL]", "exists: false"])
def test_a_contact_without_attributes_satisfies_negative_tests(test: str) -> None:
    expect(
        f"- {{name: s, when: {{attribute: country, {test}}}, trigger: {{}}}}",
        "10:00 page_viewed c1",
        "10:00 fired s c1",
    )


def test_an_older_update_does_not_replace_a_newer_value() -> None:
    expect(POLE, "10:00 contact_updated c1 country=UA; 09:00 contact_updated c1 country=PL", "")


def test_an_older_update_sets_what_no_newer_one_has_set() -> None:
    # Late: the segments are evaluated at the latest decided instant, 10:00.
    expect(
        "- {name: s, when: {all: [{attribute: a, eq: 1}, {attribute: b, eq: 2}]}, trigger: {}}",
        "10:00 contact_updated c1 a=1; 09:00 contact_updated c1 a=7 b=2",
        "10:00 fired s c1",
    )


def test_an_older_update_does_not_bring_back_what_was_removed() -> None:
    expect(POLE, "10:00 contact_updated c1 country=null; 09:00 contact_updated c1 country=PL", "")


def test_an_older_removal_does_not_remove_a_newer_value() -> None:
    expect(
        POLE,
        """
        10:00 contact_updated c1 country=PL
        09:00 contact_updated c1 country=null
        10:05 contact_updated c1 country=PL
        """,
        "10:00 fired pole c1",
    )


def test_of_updates_of_the_same_time_the_one_that_arrived_later_counts() -> None:
    expect(
        POLE,
        "10:00 contact_updated c1 country=UA; 10:00 contact_updated c1 country=PL",
        "10:00 fired pole c1",
    )
