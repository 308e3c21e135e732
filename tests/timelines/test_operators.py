"""Section 3, operators of `where` and `attribute`: which values satisfy which."""

from typing import Any

import pytest

from .drawing import play_events, rfc

ABSENT = object()
A_BIG_INTEGER = 9007199254740993  # 2**53 + 1: as a binary fraction it would be the one before

HOLDS: list[tuple[str, Any]] = [
    ("1", 1),
    ("1", 1.0),
    ("1.0", 1),
    ("true", True),
    ("bags", "bags"),
    ("'1'", "1"),
    ("{eq: 1}", 1.0),
    ("{eq: 0.3}", 0.3),
    ("{eq: 9007199254740993}", A_BIG_INTEGER),
    ("{ne: 1}", 2),
    ("{ne: 1}", "1"),
    ("{ne: 1}", True),
    ("{ne: true}", 1),
    ("{ne: 9007199254740993}", A_BIG_INTEGER - 1),
    ("{in: [1, bags]}", 1.0),
    ("{in: [1, bags]}", "bags"),
    ("{not_in: [1, bags]}", "1"),
    ("{not_in: [1, bags]}", True),
    ("{gt: 1}", 1.5),
    ("{gte: 1}", 1),
    ("{lt: 1}", 0.5),
    ("{lte: 1}", 1),
    ("{gt: 9007199254740992}", A_BIG_INTEGER),
    ("{gt: b}", "ba"),
    ("{gt: Z}", "a"),
    ("{lt: '10'}", "1"),
    ("{lt: '9'}", "10"),
    ('{gt: "\\uFFFF"}', "\U0001f600"),
    ("{exists: true}", 0),
    ("{exists: true}", False),
    ("{exists: true}", ""),
    ("{exists: false}", ABSENT),
    ("{exists: false}", None),
    ("{contains: ag}", "bags"),
    ("{contains: bags}", ["shoes", "bags"]),
    ("{contains: 1}", [2, 1.0]),
    ("{prefix: ba}", "bags"),
    ("{prefix: bags}", "bags"),
    ("{gte: 1, lt: 2}", 1),
    ("{gte: 1, ne: 1.5}", 1.25),
]
HOLDS_NOT: list[tuple[str, Any]] = [
    ("1", "1"),
    ("1", True),
    ("'1'", 1),
    ("true", 1),
    ("true", "true"),
    ("false", 0),
    ("1", [1]),
    ("{eq: 9007199254740993}", A_BIG_INTEGER - 1),
    ("{eq: bags}", "Bags"),
    ("{ne: 1}", 1.0),
    ("{in: [1, bags]}", True),
    ("{in: [1, bags]}", "1"),
    ("{not_in: [1, bags]}", 1.0),
    ("{gt: 1}", 1),
    ("{lt: 1}", 1),
    ("{gte: 1}", "2"),
    ("{lte: 1}", "0"),
    ("{gte: 0}", True),
    ("{gte: '1'}", 2),
    ("{gte: a}", ["b"]),
    ("{exists: false}", 0),
    ("{exists: false}", False),
    ("{exists: false}", ""),
    ("{exists: true}", ABSENT),
    ("{exists: true}", None),
    ("{contains: ga}", "bags"),
    ("{contains: ag}", ["bags"]),
    ("{contains: 1}", ["1", True]),
    ("{contains: 1}", "1"),
    ("{prefix: ag}", "bags"),
    ("{prefix: ba}", ["bags"]),
    ("{gte: 1, lt: 2}", 2),
    ("{gte: 1, lt: 2}", 0.5),
]
# Beside `exists: false`; of a field of `data` and of an attribute alike.
OF_A_MISSING_VALUE = ["{ne: 1}", "{not_in: [1, 2]}"]
NEVER_OF_A_MISSING_VALUE = ["1", "{eq: 1}", "{in: [1]}", "{gt: 1}", "{lte: 1}", "{contains: a}"]


def data(value: Any) -> dict[str, Any]:
    return {"other": 1} if value is ABSENT else {"value": value}


def where_holds(test: str, value: Any) -> bool:
    rules = f"- {{name: s, when: {{did: looked, where: {{value: {test}}}}}, trigger: {{}}}}"
    record = {"type": "looked", "contact": "c1", "time": rfc("10:00"), "data": data(value)}
    return len(play_events(rules, [record]).triggers) == 1


def attribute_holds(test: str, value: Any) -> bool:
    tests = test if test.startswith("{") else f"{{eq: {test}}}"
    rules = f"- {{name: s, when: {{attribute: value, {tests[1:]}, trigger: {{}}}}"
    record = {"type": "contact_updated", "contact": "c1", "time": rfc("10:00"), "data": data(value)}
    return len(play_events(rules, [record]).triggers) == 1


@pytest.mark.parametrize(("test", "value"), HOLDS)
def test_a_where_that_holds(test: str, value: Any) -> None:
    assert where_holds(test, value)


@pytest.mark.parametrize(("test", "value"), HOLDS_NOT)
def test_a_where_that_does_not_hold(test: str, value: Any) -> None:
    assert not where_holds(test, value)


@pytest.mark.parametrize(("test", "value"), HOLDS)
def test_an_attribute_that_compares_so(test: str, value: Any) -> None:
    assert attribute_holds(test, value)


@pytest.mark.parametrize(("test", "value"), HOLDS_NOT)
def test_an_attribute_that_does_not_compare_so(test: str, value: Any) -> None:
    assert not attribute_holds(test, value)


@pytest.mark.parametrize("missing", [ABSENT, None])
@pytest.mark.parametrize("test", OF_A_MISSING_VALUE)
def test_a_missing_value_is_equal_to_nothing(test: str, missing: Any) -> None:
    assert where_holds(test, missing)
    assert attribute_holds(test, missing)


@pytest.mark.parametrize("test", NEVER_OF_A_MISSING_VALUE)
def test_a_missing_value_compares_with_nothing(test: str) -> None:
    assert not where_holds(test, ABSENT)
    assert not attribute_holds(test, ABSENT)
