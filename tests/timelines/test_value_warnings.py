"""What `rules check` warns of where rules ask for ages, scores and moves: nobody ever has them.

`§` stands before the place that is named.
"""

import pytest

from .drawing import rules_file
from .test_rule_warnings import FIRES, warned

RFM = "- {name: s, when: {rfm: {"
AGE = "- {name: s, when: {attribute: birthday, age: "
VALUE = """{rfm: {
  buyers: {monetary: {quantiles: 5, fallback: [500, 1500, 4000, 12000]}},
  readers: {over: message_opened, recency: [14d, 60d], frequency: [2, 8],
    segments: {idle: [[1, 1], [1, 2], [1, 3]],
      keen: [[2, 1], [2, 2], [2, 3], [3, 1], [3, 2], [3, 3]]}}},
  tier: {tiers: {silver: 500, gold: 2000}}, lifecycle: {vip: 20000}}"""

NEVER = [
    # ages
    (AGE + "§{gte: 30, lt: 20}}" + FIRES, ["`gte: 30`", "`lt: 20`", "the age by birthday"]),
    (AGE + "§{gt: 24, lt: 25}}" + FIRES, ["`gt: 24`", "whole number"]),
    (AGE + "§{eq: 25.5}}" + FIRES, ["`eq: 25.5`", "whole number"]),
    (AGE + "§{lt: 0}}" + FIRES, ["`lt: 0`", "from 0 up"]),
    (
        "- {name: s, when: {all: [{attribute: b, age: {gte: 60}}, {attribute: b, age: §{lt: 18}}]}"
        + FIRES,
        ["`gte: 60`", "`lt: 18`", "the age by b"],
    ),
    # scores
    (RFM + "of: buyers, recency: §{gte: 6}}}" + FIRES, ["recency of buyers", "from 1 to 5"]),
    (RFM + "of: buyers, value: §{eq: 0}}}" + FIRES, ["value of buyers", "from 1 to 5"]),
    (RFM + "of: readers, frequency: §{gt: 3}}}" + FIRES, ["frequency of readers", "from 1 to 3"]),
    (RFM + "of: rfm.readers, recency: §{gte: 4}}}" + FIRES, ["recency of readers", "from 1 to 3"]),
    (RFM + "of: buyers, monetary: §{gt: 2, lt: 3}}}" + FIRES, ["monetary of buyers"]),
    (
        (
            "- {name: s, use: rfm_moved, with: {of: buyers}, when: {not: {rfm: {of: readers, "
            "recency: §{lt: 1}}}}}"
        ),
        ["from 1 to 3"],
    ),
    # moves
    (
        "- {name: s, use: lifecycle_moved, with: {from: active, to: lost, direction: §up}}",
        ["no move up", "lost, at_risk, prospect", "down"],
    ),
    (
        (
            "- {name: s, use: lifecycle_moved, with: {from: [lost, at_risk], to: [vip, loyal], "
            "direction: §down}}"
        ),
        ["no move down"],
    ),
    (
        (
            "- {name: s, use: moved, with: {of: rfm.readers, to: idle, from: keen, "
            "direction: §up}, when: {did: product_viewed}}"
        ),
        ["no move up", "idle, keen"],
    ),
    ("- {name: s, use: tier_moved, with: {to: none, direction: §up}}", ["silver, gold"]),
    ("- {name: s, use: tier_moved, with: {from: gold, to: §gold}}", ["another name"]),
]


@pytest.mark.parametrize(("segments", "words"), NEVER)
def test_what_nobody_ever_has_is_told_with_its_place(segments: str, words: list[str]) -> None:
    marked = rules_file(segments, VALUE.replace("\n", ""))
    before = marked[: marked.index("§")]
    (warning,) = warned(marked.replace("§", ""))
    place = f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}: warning: "
    assert warning.startswith(place), warning
    assert [word for word in words if word not in warning] == []


@pytest.mark.parametrize(
    "segments",
    [
        AGE + "{gte: 25, lt: 35}}" + FIRES,
        AGE + "{gte: 25.5}}" + FIRES,
        AGE + "{gte: 0, lt: 1}}" + FIRES,
        AGE + "{ne: 25.5}}" + FIRES,
        "- {name: s, when: {any: [{attribute: b, age: {gte: 60}}, {attribute: b, age: {lt: 18}}]}"
        + FIRES,
        "- {name: s, when: {all: [{attribute: b, age: {gte: 60}}, {attribute: c, age: {lt: 18}}]}"
        + FIRES,
        RFM + "of: buyers, recency: {gte: 5}, frequency: {lte: 1}}}" + FIRES,
        RFM + "of: readers, recency: {gte: 3}, value: {lt: 3}}}" + FIRES,
        "- {name: s, use: lifecycle_moved, with: {to: lost, direction: down}}",
        "- {name: s, use: lifecycle_moved, with: {to: at_risk, direction: up}}",  # from lost
        "- {name: s, use: tier_moved, with: {from: none, direction: up}}",
        "- {name: s, use: tier_moved, with: {to: any, direction: down}}",
        "- {name: s, use: moved, with: {of: lifecycle, from: vip, to: [vip, loyal]}}",
    ],
)
def test_what_somebody_may_have_is_not_warned_of(segments: str) -> None:
    assert warned(rules_file(segments, VALUE.replace("\n", ""))) == []


STAGE = "- {name: s, when: {lifecycle: "
UNREACHED = [
    ("", STAGE + "§vip}" + FIRES, "vip"),
    ("lifecycle: {loyal: 5}", STAGE + "[§vip]}" + FIRES, "vip"),
    ("lifecycle: {loyal: 1}", STAGE + "[§active, vip]}" + FIRES, "active"),
    ("", "- {name: s, when: {all: [{did: any}, {not: {lifecycle: §vip}}]}" + FIRES, "vip"),
    ("", "- {name: s, use: lifecycle_moved, with: {to: at_risk, from: §vip}}", "vip"),
    ("", "- {name: s, use: moved, with: {of: lifecycle, to: §vip}}", "vip"),
    ("", "- {name: s, use: inactivity, when: {lifecycle: §vip}}", "vip"),
    ("lifecycle: {loyal: 1, vip: 5}", STAGE + "[§active, new]}" + FIRES, "active"),
    ("lifecycle: {loyal: 1, at_risk: {gaps: 2}}", STAGE + "§new}" + FIRES, "new"),
]


@pytest.mark.parametrize(("value", "segments", "stage"), UNREACHED)
def test_a_stage_that_nobody_reaches_is_warned_of(value: str, segments: str, stage: str) -> None:
    marked = rules_file(segments, f"{{{value}}}" if value else None)
    before = marked[: marked.index("§")]
    (warning,) = warned(marked.replace("§", ""))
    place = f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}: warning: "
    assert warning.startswith(f"{place}nobody is ever `{stage}`: "), warning


@pytest.mark.parametrize(
    ("value", "stages"),
    [
        ("lifecycle: {vip: 100}", "[vip, loyal]"),
        ("", "[new, returned, active, loyal, at_risk, lost]"),
        ("", "[loyal, vip]"),
        ("lifecycle: {loyal: 1}", "[active, loyal]"),
        ("lifecycle: {loyal: 2, vip: 1}", "[new, returned, active]"),
        ("lifecycle: {loyal: 1, at_risk: 400d, lost: 500d}", "[new, active]"),
        ("lifecycle: {loyal: 1, at_risk: {gaps: 2, most: 400d}, lost: 500d}", "[new, active]"),
    ],
)
def test_a_stage_that_somebody_may_reach_is_not_warned_of(value: str, stages: str) -> None:
    text = rules_file(STAGE + stages + "}" + FIRES, f"{{{value}}}" if value else None)
    assert warned(text) == []
