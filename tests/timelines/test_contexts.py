"""What a trigger sends: the paths that `context:` names."""

from typing import Any

from .drawing import play

ALL = "event.type, event.data.query, event.id, cart.total, cart.items, attributes.name"


def contexts(segments: str, timeline: str, lateness: str = "0s") -> list[dict[str, Any]]:
    return [one["context"] for one in play(segments, timeline, lateness=lateness).triggers]


def test_an_entry_by_an_event_sends_the_event_the_cart_and_attributes() -> None:
    assert contexts(
        f"- {{name: s, when: {{did: searched, at_least: 2}}, trigger: {{context: [{ALL}]}}}}",
        """
        09:00 contact_updated c1 name=Ann age=30; 09:10 cart_item_added c1 p1*2@1.50
        10:00 searched c1 bags #e1; 10:01 searched c1 hats #e2""",
    ) == [
        {
            "event.type": "searched",
            "event.data.query": "hats",
            "event.id": "e2",
            "cart.total": 3.0,
            "cart.items": [{"product": "p1", "quantity": 2, "price": 1.5}],
            "attributes.name": "Ann",
        }
    ]


def test_an_entry_by_time_has_no_event() -> None:
    segment = f"- {{name: s, when: {{idle: searched, for: 1h}}, trigger: {{context: [{ALL}]}}}}"
    timeline = """
        09:00 contact_updated c1 name=Ann
        10:00 searched c1 bags; 12:00 page_viewed c1 x; 13:00 end"""
    for lateness in ("0s", "3h"):
        assert contexts(segment, timeline.replace("13:00", "16:00"), lateness) == [
            {"attributes.name": "Ann"}
        ]


def test_an_entry_by_a_change_of_a_product_has_no_event() -> None:
    segment = "- {name: s, use: back_in_stock, trigger: {context: [product, event, cart.total]}}"
    assert contexts(
        segment,
        """
        09:00 stock_changed p1 0; 09:10 cart_item_added c1 p9@5; 09:20 product_viewed c1 p1
        10:00 stock_changed p1 2""",
    ) == [{"product": {"id": "p1", "stock": 2, "price": None}, "cart.total": 5}]


def test_a_late_view_of_a_product_that_is_back_is_the_event() -> None:
    segment = "- {name: s, use: back_in_stock, trigger: {context: [event.data.product]}}"
    assert contexts(
        segment,
        "09:00 stock_changed p1 0; 10:00 stock_changed p1 2; 09:30 product_viewed c1 p1",
    ) == [{"event.data.product": "p1"}]


def test_a_template_sends_what_else_is_named_beside_its_own() -> None:
    assert contexts(
        "- {name: s, use: inactivity, with: {after: 1h}, "
        "trigger: {context: [last.type, cart.total, attributes.address.city, attributes.zip]}}",
        """
        09:00 contact_updated c1 address={"city":"Kyiv","street":"x"}
        09:10 cart_item_added c1 p1@7; 11:00 end""",
    ) == [{"last.type": "cart_item_added", "cart.total": 7, "attributes.address.city": "Kyiv"}]


def test_an_instant_rule_sends_its_event_and_what_else_is_named() -> None:
    assert contexts(
        "- {name: s, on: searched, trigger: {context: [event.data.query, attributes.name]}}",
        "09:00 contact_updated c1 name=Ann; 10:00 searched c1 bags",
    ) == [{"event.data.query": "bags", "attributes.name": "Ann"}]


def test_who_enters_by_another_segment_has_the_event_that_brought_both() -> None:
    assert contexts(
        "- {name: a, when: {did: searched}}\n"
        "- {name: s, when: {in_segment: a}, trigger: {context: [event.data.query]}}",
        "10:00 searched c1 bags",
    ) == [{"event.data.query": "bags"}]


def test_a_cart_that_is_closed_is_not_sent() -> None:
    segment = "- {name: s, on: searched, trigger: {context: [cart.total]}}"
    timeline = "09:00 cart_item_added c1 p1@7; 09:30 order_placed c1 o1; 10:00 searched c1 bags"
    assert contexts(segment, timeline) == [{}]
    timeline = "09:00 cart_item_added c1 p1@7; 10d+09:00 searched c1 bags"
    assert contexts(segment, timeline) == [{}]


def test_the_context_of_a_when_segment_is_its_own_unless_more_is_named() -> None:
    assert contexts("- {name: s, when: {did: searched}, trigger: {}}", "10:00 searched c1 x") == [
        {}
    ]
