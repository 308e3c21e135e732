"""favourite: what a contact likes best of late, as a condition and in a context."""

from .by_date import play
from .drawing import refuse

VALUE = "favourites: {categories: {of: category, weights: {cart_item_added: 3}, top: 2}}"
RULE = "- {name: f, when: {favourite: {of: categories, is: bags}}, trigger: {}, membership: true}"


def test_who_likes_bags_best() -> None:
    told = play(
        VALUE,
        RULE,
        """
        2026-01-10 product_viewed product=p category=bags
        2026-01-11 product_viewed product=p category=shoes
        2026-01-12 cart_item_added product=p category=bags
        """,
    )
    assert told.stays() == [
        "2026-01-10T00:00 in f event",
        "2026-01-11T00:00 out f event",
        "2026-01-12T00:00 in f event",
    ]


def test_what_counts_no_more_is_no_favourite() -> None:
    # Periods of 30 days: one begins on 7 January, and the sixth after it on 6 July.
    timeline = "2026-01-10 product_viewed product=p category=bags; 2027-01-01 end"
    assert play(VALUE, RULE, timeline).stays() == [
        "2026-01-10T00:00 in f event",
        "2026-07-06T00:00 out f time",
    ]


def test_the_best_go_into_a_context() -> None:
    rule = "- {name: f, on: session_started, trigger: {context: [favourites.categories]}}"
    timeline = """
    2026-01-10 product_viewed product=p category=bags
    2026-01-11 product_viewed product=p category=hats
    2026-01-12 product_viewed product=p category=hats
    2026-01-13 product_viewed product=p category=shoes
    2026-01-14 session_started
    """
    (fired,) = play(VALUE, rule, timeline).triggers
    assert fired["context"] == {"favourites.categories": ["hats", "shoes"]}


def test_favourites_that_are_none() -> None:
    refuse("- {name: f, when: {favourite: {of: §brands, is: b}}}", "no favourites 'brands'")
    refuse(
        "- {name: f, on: searched, trigger: {context: §[favourites.brands]}}",
        "no favourites 'brands'",
    )
