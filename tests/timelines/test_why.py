"""What a trigger says of why it is told."""

import pytest

from .drawing import play


def why(segment: str, timeline: str) -> list[str]:
    sentences: list[str] = play(segment, timeline).triggers[-1]["why"]
    return sentences


def test_an_instant_rule_names_its_event_and_what_was_asked_of_it() -> None:
    segment = (
        "- {name: s, on: order_placed, where: {total: {gte: 1000.50}, currency: EUR}, "
        "when: {did: product_viewed, at_least: 2}}"
    )
    timeline = """
        09:00 product_viewed c1 p; 09:30 product_viewed c1 p
        10:00 order_placed c1 o1 total=2000 currency=EUR"""
    assert why(segment, timeline) == [
        "order_placed with total ≥ 1000.5 and currency = EUR at 10:00:00.000",
        "at least 2 × product_viewed",
    ]


def test_an_instant_rule_without_conditions_names_its_event() -> None:
    assert why("- {name: s, on: searched}", "10:00 searched c1 bags") == [
        "searched at 10:00:00.000"
    ]


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("{category: {in: [bags, shoes, hats]}}", "category is bags, shoes or hats"),
        ("{category: {in: [bags]}}", "category is bags"),
        ("{category: {not_in: [hats, 7]}}", "category is not hats or 7"),
        ("{coupon: {exists: false}}", "coupon is missing"),
        ("{category: {exists: true}}", "category is there"),
        ("{category: {prefix: b}}", "category begins with b"),
        ("{category: {contains: ag}}", "category contains ag"),
        ("{price: {gt: 1, lte: 2.50}}", "price > 1 and price ≤ 2.5"),
        ("{category: {ne: ''}}", "category ≠ an empty text"),
        ("{is_new: true}", "is_new = true"),
    ],
)
def test_what_is_asked_of_an_event_is_worded(where: str, words: str) -> None:
    segment = f"- {{name: s, when: {{did: product_viewed, where: {where}}}, trigger: {{}}}}"
    assert why(segment, "10:00 product_viewed c1 p@2 category=bags is_new=true") == [
        f"1 × product_viewed with {words}"
    ]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("PL", "PL"),
        ("true", "true"),
        ("1e3", "1000"),
        ('["a","b",3]', "a, b and 3"),
        ('{"a":{"b":null},"c":0.50}', "an object"),
        ("[]", "an empty list"),
    ],
)
def test_an_attribute_is_worded(value: str, words: str) -> None:
    segment = "- {name: s, when: {attribute: x, ne: zz}, trigger: {}}"
    assert why(segment, f"10:00 contact_updated c1 x={value}") == [f"attribute x is {words}"]


def test_facts_of_products_are_worded() -> None:
    segment = (
        "- {name: s, per: product, when: {all: [{did: product_viewed}, "
        "{product: {stock: {exists: false}, price: {lte: 1000}, category: bags}}]}, trigger: {}}"
    )
    timeline = """
        09:00 price_changed p 1e3; 09:00 product_updated p category=bags brand=x
        10:00 product_viewed c1 p"""
    assert why(segment, timeline) == [
        "1 × product_viewed",
        "product p: stock missing, price 1000, category bags",
    ]


def test_what_none_of_several_holds_of_is_worded() -> None:
    segment = (
        "- {name: s, when: {all: [{did: searched}, "
        "{not: {any: [{did: order_placed}, {attribute: x, eq: 1}]}}]}, trigger: {}}"
    )
    assert why(segment, "10:00 searched c1 bags") == [
        *("1 × searched", "0 × order_placed", "attribute x is missing")
    ]


@pytest.mark.parametrize("zeros", [30, 300])
def test_figures_of_any_size_are_worded(zeros: int) -> None:
    segment = (
        "- {name: s, when: {aggregate: avg, of: price, over: product_viewed, gt: 1}, trigger: {}}"
    )
    assert why(segment, f"10:00 product_viewed c1 p@1e{zeros}") == [
        f"avg of price over product_viewed is 1{'0' * zeros}"
    ]
