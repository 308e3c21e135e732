"""What `rules check` warns of: rules that can be read and are probably a mistake.

`§` stands before the place that is named.
"""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamseg.core.values.predicates import Comparison
from streamseg.rules.document import Node, parse_document
from streamseg.rules.lint import warnings_of
from streamseg.rules.lint.bounds import can_pass
from streamseg.rules.lint.spelling import is_close
from streamseg.rules.lint.uses import Compared
from streamseg.rules.loading import compile_rules
from streamseg.rules.starter_files import starter_file, starting_points

from .command import streamseg, write_rules
from .drawing import rules_file

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
FIRES = ", trigger: {}}"
DID = "- {name: s, when: {did: product_viewed, where: "


def warned(text: str) -> list[str]:
    """Line, column and message of each warning."""
    document = parse_document(text, "f")
    rules = compile_rules(document, "f")
    return [str(one).removeprefix("f:") for one in warnings_of(document, rules, "f")]


PROBABLE: list[tuple[str, list[str]]] = [
    # event types
    ("- {name: s, on: §order_place}", ["'order_place'", "`order_placed`"]),
    ("- {name: s, when: {did: [searched, §product_view]}" + FIRES, ["`product_viewed`"]),
    ("- {name: s, when: {idle: §Order-Placed, for: 1d}" + FIRES, ["`order_placed`"]),
    ("- {name: s, on: §orderPlaced}", ["`order_placed`"]),
    ("- {name: s, when: {followed: {first: §checkout_start, by: any, within: 1d}}" + FIRES, []),
    (
        "- {name: s, when: {aggregate: sum, of: total, over: §oder_placed, gte: 5}" + FIRES,
        ["`order_placed`"],
    ),
    ("- {name: s, use: inactivity, with: {of: [§message_open]}}", ["`message_opened`"]),
    (
        "- {name: a, on: quiz_completed}\n- {name: s, on: §quiz_complted}",
        ["'quiz_complted'", "`quiz_completed`"],
    ),
    # what nobody satisfies
    ("- {name: s, when: {cart: {idle: §10d}}" + FIRES, ["10d"]),
    ("- {name: s, when: {any: [{did: searched}, {cart: {idle: §40d}}]}" + FIRES, ["10d"]),
    ("- {name: s, use: price_drop, with: {at_least: §100%}}", ["below 100%"]),
    ("- {name: s, per: product, when: {product: {price_drop: {gt: §150%}}}" + FIRES, ["100%"]),
    # fields
    (DID + "{§categry: bags}}" + FIRES, ["'categry'", "`category`"]),
    (DID + "{price: {gte: 5}, §brnad: x}}" + FIRES, ["`brand`"]),
    (
        "- {name: s, when: {aggregate: sum, of: §totl, over: order_placed, gte: 5}" + FIRES,
        ["`total`"],
    ),
    ("- {name: s, per: §categry, when: {did: product_viewed}" + FIRES, ["`category`"]),
    ("- {name: s, when: {cart: {contains: {§brand: x}}}" + FIRES, ["'brand'", "category"]),
    ("- {name: s, on: searched, trigger: {context: [§event.data.qery]}}", ["`query`"]),
    (
        "- {name: a, on: quiz, where: {answer: 1}}\n- {name: s, on: quiz, where: {§anwser: 1}}",
        ["`answer`"],
    ),
    # attributes
    (
        "- {name: a, when: {attribute: newsletter, eq: true}"
        + FIRES
        + "\n- {name: s, when: {attribute: §newsleter, eq: true}"
        + FIRES,
        ["`newsletter`"],
    ),
    (
        "- {name: a, use: inactivity, when: {attribute: consent.emial, eq: true}}\n".replace(
            "consent.emial", "§consent.emial"
        )
        + "- {name: b, when: {attribute: consent.email, eq: true}"
        + FIRES
        + "\n- {name: c, when: {attribute: consent.email, eq: false}"
        + FIRES,
        ["`consent.email`"],
    ),
    # quotes
    (DID + '{price: {gte: §"200"}}}' + FIRES, ["'200'", "write 200"]),
    (DID + '{price: §"200"}}' + FIRES, ["write 200"]),
    (DID + '{price: {in: [200, §"19,90"]}}}' + FIRES, ["write 19.90"]),
    (DID + '{rating: {gt: §"4"}}}' + FIRES, ["write 4"]),
    ('- {name: s, when: {attribute: age, gte: §"18"}' + FIRES, ["write 18"]),
    (
        '- {name: s, when: {any: [{attribute: age, eq: §"18"}, {attribute: age, gt: 60}]}' + FIRES,
        ["write 18"],
    ),
    (
        '- {name: s, use: back_in_stock, when: {product: {price: {lt: §"50"}}}}',
        ["write 50"],
    ),
    (DID + "{product: §17}}" + FIRES, ["product is a text", "write '17'"]),
    # bounds
    (DID + "{§price: {gte: 10, lt: 5}}}" + FIRES, ["`gte: 10`", "`lt: 5`", "price"]),
    (DID + "{§price: {gt: 10, lt: 10}}}" + FIRES, []),
    (DID + "{§category: {eq: bags, ne: bags}}}" + FIRES, []),
    (DID + "{§category: {prefix: ba, lt: b}}}" + FIRES, []),
    (DID + "{§category: {exists: false, eq: bags}}}" + FIRES, []),
    ("- {name: s, when: {attribute: §age, gte: 30, lt: 18}" + FIRES, ["age"]),
    ("- {name: s, when: {cart: {items: §{gt: 1, lt: 2}}}" + FIRES, ["items"]),
    ("- {name: s, when: {cart: {total: §{gte: 100, lt: 50}}}" + FIRES, ["total"]),
    (
        "- {name: s, when: {aggregate: §distinct, of: brand, over: product_viewed, gt: 2, lt: 3}"
        + FIRES,
        [],
    ),
    (
        "- {name: s, when: {all: [{attribute: city, eq: Kyiv}, {attribute: §city, eq: Lviv}]}"
        + FIRES,
        ["`eq: Kyiv`", "`eq: Lviv`"],
    ),
    (
        "- {name: s, when: {all: [{did: searched, at_least: 3, within: 1d}, "
        "{not: {did: §searched, within: 1d}}]}" + FIRES,
        ["searched", "at least 3", "at most 0"],
    ),
    (
        "- {name: s, use: price_drop, when: {product: {price_drop: §{gte: 50%, lt: 20%}}}}",
        ["price drop"],
    ),
    # contexts
    (
        "- {name: s, use: abandoned_cart, trigger: {context: [cart.items, §cart.totl]}}",
        ["`cart.totl`", "`cart.total`"],
    ),
    ("- {name: s, use: inactivity, trigger: {context: [§product.id]}}", ["last.time"]),
    ("- {name: s, when: {did: searched}, trigger: {context: [§query]}}", ["event.data"]),
    ("- {name: s, on: searched, trigger: {context: [§attributes]}}", ["attributes.…"]),
    ("- {name: s, on: searched, trigger: {context: [§favourite.brands]}}", ["`favourites.*`"]),
    # sight
    ("- {name: §s, when: {did: searched}}", ["'s'", "trigger: {}", "membership", "in_segment"]),
    ("- {name: §s, use: inactivity, trigger: false}", ["nobody sees"]),
    ("- {name: §s, on: searched, trigger: false}", ["nobody sees", "leave"]),
    # everybody
    ("- {name: s, when: §{not: {did: order_placed}}" + FIRES, ["everybody", "did:"]),
    ("- {name: s, when: §{attribute: country, ne: PL}" + FIRES, ["everybody"]),
    ("- {name: s, when: §{did: order_placed, at_most: 0, within: 1d}" + FIRES, ["everybody"]),
    (
        "- {name: s, when: {all: [{did: searched}, {did: any, at_least: §0}]}" + FIRES,
        ["true of everybody"],
    ),
    (
        "- {name: s, use: inactivity, when: {did: order_placed, at_least: §0, within: 1d}}",
        ["true of everybody"],
    ),
]


@pytest.mark.parametrize(("segments", "words"), PROBABLE)
def test_a_probable_mistake_is_told_with_its_place_and_a_way_out(
    segments: str, words: list[str]
) -> None:
    marked = rules_file(segments)
    before = marked[: marked.index("§")]
    (warning,) = warned(marked.replace("§", ""))
    place = f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}: warning: "
    assert warning.startswith(place)
    assert [word for word in words if word not in warning] == []


@pytest.mark.parametrize(
    "segments",
    [
        "- {name: s, on: quiz_completed, where: {score: {gte: 3}}}",
        "- {name: s, when: {cart: {idle: 9d}}" + FIRES,
        (
            "- {name: s, use: abandoned_cart, with: {after: 20d, max_age: 30d}, "
            "when: {cart: {idle: 15d}}}"
        ),
        "- {name: s, use: price_drop, with: {at_least: 99.9%}}",
        "- {name: s, per: product, when: {product: {price_drop: {gt: 5%, lt: 99%}}}" + FIRES,
        "- {name: s, on: product_reviewed, where: {stars: {gte: 3}}}",
        "- {name: s, on: order_paid}",
        DID + "{color: red, tags: {contains: sale}}}" + FIRES,
        "- {name: s, on: order_placed, where: {card: visa, order: {prefix: '2026'}}}",
        '- {name: s, on: order_placed, where: {order: "1001"}}',
        '- {name: s, when: {attribute: zip, eq: "01001"}' + FIRES,
        "- {name: s, when: {attribute: born, gte: '1990-01-01', lt: '2000-01-01'}" + FIRES,
        "- {name: s, when: {all: [{attribute: address1, exists: true}, "
        "{attribute: address2, exists: true}]}" + FIRES,
        DID + "{price: {gt: 1, lt: 2, ne: 1.5}}}" + FIRES,
        DID + "{category: {gt: a, lt: b, not_in: [ab, ac]}}}" + FIRES,
        DID + "{category: {prefix: ba, contains: red, gte: bam}}}" + FIRES,
        "- {name: s, when: {cart: {items: {gt: 1, lte: 2}, contains: {product: p}}}" + FIRES,
        "- {name: s, when: {any: [{attribute: c, eq: A}, {attribute: c, eq: B}]}" + FIRES,
        "- {name: s, when: {all: [{did: searched, at_least: 3, within: 7d}, "
        "{not: {did: searched, within: 1d}}]}" + FIRES,
        "- {name: s, when: {did: searched}, membership: true}",
        "- {name: s, when: {not: {did: order_placed}}, membership: true}",
        "- {name: a, when: {not: {did: order_placed}}}\n"
        "- {name: s, when: {all: [{in_segment: a}, {did: searched}]}" + FIRES,
        "- {name: s, use: abandoned_cart, when: {not: {did: message_unsubscribed}}}",
        "- {name: s, on: searched, when: {not: {did: order_placed}}}",
        (
            "- {name: s, use: back_in_stock, trigger: "
            "{context: [product, event.data.price, attributes.name, cart]}}"
        ),
        "- {name: s, per: brand, when: {did: product_viewed}, trigger: {context: [brand]}}",
    ],
)
def test_what_may_well_be_meant_is_not_warned_of(segments: str) -> None:
    assert warned(rules_file(segments)) == []


@pytest.mark.parametrize("name", starting_points())
def test_a_file_to_start_from_is_not_warned_of(name: str) -> None:
    assert warned(starter_file(name)) == []


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.name)
def test_an_example_in_the_docs_is_not_warned_of(path: Path) -> None:
    document = parse_document(path.read_text("utf-8"), "f").at("rules")
    assert warnings_of(document, compile_rules(document, "f"), "f") == []


def check(folder: Path, segments: str, *options: str) -> tuple[int, list[str]]:
    write_rules(folder, segments)
    done = streamseg(folder, "rules", "check", *options, "rules.yaml")
    return done.returncode, done.stdout.decode().splitlines()


def test_a_warning_is_an_error_only_where_that_is_asked_for(tmp_path: Path) -> None:
    code, lines = check(tmp_path, "- {name: s, on: order_place}")
    assert (code, len(lines), lines[-1]) == (0, 2, "ok")
    assert lines[0].startswith("rules.yaml:3:19: warning: ")
    assert check(tmp_path, "- {name: s, on: order_place}", "--strict") == (1, lines[:1])
    assert check(tmp_path, "- {name: s, on: order_placed}", "--strict") == (0, ["ok"])


scalars = st.sampled_from([None, True, False, -1, 0, 1, 2, Decimal("1.5"), "", "a", "ab", "b", "1"])
values = scalars | st.lists(scalars, max_size=2)
listed = st.lists(scalars.filter(lambda one: one is not None), min_size=1, max_size=2)
ordered = st.sampled_from([-1, 0, 1, 2, "a", "ab", "b"])
OPERANDS: dict[str, st.SearchStrategy[Any]] = {
    "eq": scalars.filter(lambda one: one is not None),
    "ne": scalars.filter(lambda one: one is not None),
    "in": listed,
    "not_in": listed,
    **dict.fromkeys(("gt", "gte", "lt", "lte"), ordered),
    "exists": st.booleans(),
    "contains": scalars.filter(lambda one: one is not None),
    "prefix": st.sampled_from(["a", "ab", "b"]),
}
comparisons = st.fixed_dictionaries({}, optional=OPERANDS).filter(bool)


def node(value: Any) -> Node:
    return Node([node(one) for one in value] if isinstance(value, list) else value, 1, 1)


@settings(max_examples=1000)
@given(comparisons, st.lists(values, min_size=20, max_size=20))
def test_what_a_value_passes_is_not_said_to_be_passed_by_none(
    operands: dict[str, Any], tried: list[Any]
) -> None:
    asked = Comparison(operands)
    one = Compared((), "x", node(None), {name: node(x) for name, x in operands.items()})
    if any(asked(value) for value in tried):
        assert can_pass([one])


@pytest.mark.parametrize(
    ("one", "other", "close"),
    [
        ("order_place", "order_placed", True),
        ("categry", "category", True),
        ("cagetory", "category", True),
        ("order_cancel", "order_cancelled", True),
        ("orderPlaced", "order_placed", True),
        ("brand", "brands", True),
        ("product_reviewed", "product_viewed", False),
        ("first_name", "last_name", False),
        ("card", "cart", False),
        ("score_1", "score_2", False),
        ("message_sent", "message_seen", False),
        ("category", "category", False),
    ],
)
def test_names_are_close_where_a_slip_makes_one_of_the_other(
    one: str, other: str, close: bool
) -> None:
    assert is_close(one, other) is is_close(other, one) is close
