"""Section 3: an error in a rule file names its place, what was found and what would be right.

In these files `§` stands before each place that may be named (the field or its value); a line
with `¶` is one of which only the line is checked.
"""

import re
from pathlib import Path

import pytest

from streamseg.rules import RuleErrors, load_rules

from .command import streamseg
from .drawing import rules_file

BLOCK = "- name: s\n  use: abandoned_cart\n  with:\n    min_total: 1\n"
# (segments, words of which each must be in the message)
MARKED: list[tuple[str, list[str]]] = [
    ("- {name: s, use: inactivity, §colour: §red}", ["colour"]),
    ("- {name: s, use: inactivity, with: {§aftr: §1h}}", ["aftr", "after"]),
    ("- {name: s, use: §abandoned_kart}", ["abandoned_kart", "abandoned_cart"]),
    ("- {name: s, use: inactivity, with: {§after: §7}}", ["7"]),
    ("- {name: s, use: inactivity, with: {§after: §{}}}", []),
    ("- {name: s, use: inactivity, with: {§after: §1y}}", ["1y"]),
    ("- {name: s, use: inactivity, with: {§after: §-1h}}", ["-1h"]),
    ("- {name: s, use: inactivity, with: {§after: [1h, §-2h]}}", ["-2h"]),
    ("- {name: s, use: inactivity, with: {§after: §[]}}", []),
    ("- {name: s, use: inactivity, with: {§of: §7}}", ["7"]),
    ("- {name: s, use: abandoned_cart, with: {§after: §[]}}", []),
    ("- {name: s, use: abandoned_cart, with: §{§after: §10d}}", ["10d"]),
    ("- {name: s, use: abandoned_cart, with: §{§after: §[1h, §10d]}}", ["10d"]),
    ("- {name: s, use: abandoned_cart, with: §{§after: §2h, §max_age: §2h}}", ["2h"]),
    ("- {name: s, use: abandoned_cart, with: §{§after: §3h, §max_age: §2h}}", ["2h", "3h"]),
    ("- {name: s, use: abandoned_cart, with: §{§max_age: §1h}}", ["1h"]),
    (BLOCK + "    §after: §11d", ["11d"]),
    (BLOCK + "    §after: §2h\n    §max_age: §2h", ["2h"]),
    (
        "- {name: s, use: abandoned_cart, with: {§order_closes: §maybe}}",
        ["maybe", "related", "any"],
    ),
    ("- {name: s, use: abandoned_cart, with: {§min_total: §lots}}", ["lots"]),
    ("- {name: s, use: back_in_stock, with: {§while: §sometimes}}", ["sometimes", "out_of_stock"]),
    ("- {name: s, use: back_in_stock, with: {§repeat: §ever}}", ["ever", "each_restock"]),
    ("- {name: s, use: back_in_stock, with: {§hold: §-1s}}", ["-1s"]),
    ("- {name: s, use: back_in_stock, with: {§within: §-1d}}", ["-1d"]),
    ("- {name: s, use: back_in_stock, with: {§by: [§smelled]}}", ["smelled", "viewed"]),
    ("- {name: s, when: {§didd: §searched}}", ["didd", "did"]),
    ("- {name: s, when: {did: searched, §witin: §1h}}", ["witin", "within"]),
    ("- {name: s, when: {did: searched, §within: §-1h}}", ["-1h"]),
    ("- {name: s, when: {did: searched, §at_least: §-1}}", ["-1"]),
    ("- {name: s, when: {did: searched, §at_least: §two}}", ["two"]),
    ("- {name: s, when: §{did: searched, §at_least: §3, §at_most: §2}}", []),
    ("- name: s\n  when:\n    did: searched\n    §at_least: §3\n    §at_most: §2", []),
    ("- {name: s, when: {did: searched, where: {price: {§gtee: §5}}}}", ["gtee", "gte"]),
    ("- {name: s, when: {did: searched, §where: §[]}}", []),
    ("- {name: s, when: {attribute: country, §equals: §PL}}", ["equals", "eq"]),
    ("- {name: s, when: {attribute: country, §in: §PL}}", ["PL"]),
    ("- {name: s, when: {attribute: country, §exists: §yes}}", ["yes", "true"]),
    ("- {name: s, when: {idle: searched, §for: §-1h}}", ["-1h"]),
    ("- {name: s, when: {cart: {§items: §3}}}", ["3"]),
    ("- {name: s, when: {cart: {§weight: §{gt: 1}}}}", ["weight"]),
    ("- {name: s, when: {all: [{did: searched}, {§dit: §searched}]}}", ["dit", "did"]),
    ("- {name: s, when: {§all: §{did: searched}}}", []),
    ("- {name: s, per: product, when: {interest: {by: [viewed], §while: §often}}}", ["often"]),
    ("- {name: s, when: {did: searched}, §trigger: §yes}", ["yes"]),
    ("- {name: s, when: {did: searched}, trigger: {§cooldown: §-1h}}", ["-1h"]),
    ("- {name: s, when: {did: searched}, trigger: {§limit: §-1}}", ["-1"]),
    ("- {name: s, when: {did: searched}, trigger: {§cancel: §no}}", ["no"]),
    ("- {name: s, when: {did: searched}, trigger: {§cooldwn: §1h}}", ["cooldwn", "cooldown"]),
    ("- {name: s, per: product, §max_keys: §0, when: {did: searched}}", ["0"]),
    ("- {name: s, use: inactivity}\n- {§name: §s, use: abandoned_cart}", ["s"]),
    ("- {name: s, §name: t, use: inactivity}", ["name"]),
    ("- {name: §7, use: inactivity}", ["7"]),
    ("- §7", ["7"]),
]
# Errors that are of a whole segment or condition: the place in the line is left open.
OF_A_LINE: list[tuple[str, list[str]]] = [
    ("- {use: inactivity}¶", ["name"]),
    ("- {name: s}¶", ["use", "when"]),
    ("- {name: s, use: inactivity, on: searched}¶", ["use", "on"]),
    ("- {name: s, when: {}}¶", ["did"]),
    ("- {name: s, when: {idle: searched}}¶", ["for"]),
    ("- {name: s, when: {did: searched, idle: any, for: 1h}}¶", []),
    ("- {name: s, when: {attribute: country}}¶", []),
    ("- {name: s, when: {interest: {by: [viewed], within: 1h}}}¶", ["per"]),
    ("- {name: s, when: {product: {stock: {gt: 1}}}}¶", ["per"]),
    ("- {name: s, when: {in_segment: nowhere}}¶", []),
    ("- {name: s, use: inactivity}\n\n# a remark\n- {name: t, use: inactvity}¶", ["inactvity"]),
]


def marked(text: str) -> set[tuple[int, int]]:
    """The places in the text, as line and column counted from 1 without the marks themselves."""
    return {
        (number, mark.start() + 1 - earlier)
        for number, line in enumerate(text.splitlines(), start=1)
        for earlier, mark in enumerate(re.finditer("§", line))
    }


def errors_of(folder: Path, text: str) -> list[tuple[int, int, str]]:
    path = folder / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RuleErrors) as raised:
        load_rules(path)
    errors = raised.value.errors
    assert [error.file for error in errors] == [str(path)] * len(errors)
    assert all(f"{path}:{error.line}:{error.column}" in str(raised.value) for error in errors)
    return [(error.line, error.column, error.message) for error in errors]


@pytest.mark.parametrize(("segments", "words"), MARKED)
def test_an_error_names_its_place_and_what_was_found(
    tmp_path: Path, segments: str, words: list[str]
) -> None:
    ((line_number, column, message),) = errors_of(tmp_path, rules_file(segments.replace("§", "")))
    assert (line_number, column) in marked(rules_file(segments))
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize(("segments", "words"), OF_A_LINE)
def test_an_error_of_a_whole_names_its_line(
    tmp_path: Path, segments: str, words: list[str]
) -> None:
    text = rules_file(segments).splitlines()
    (number,) = [number for number, line in enumerate(text, start=1) if "¶" in line]
    ((line_number, _, message),) = errors_of(tmp_path, rules_file(segments.replace("¶", "")))
    assert line_number == number
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("segments: []\n", (1, None)),
        ("version: 2\nsegments: []\n", (1, 10)),
        ("version: one\nsegments: []\n", (1, 10)),
        ("version: 1\nsegments: {}\n", (2, None)),
        ("version: 1\nsegments: [{name: s, use: inactivity}]\nsegmnts: []\n", (3, 1)),
        ("version: 1\nsegments:\n  - {name: s, use: inactivity\n", (None, None)),
        ("version: 1\nsegments:\n\t- {}\n", (3, None)),
        ("", (1, None)),
        ("[]\n", (1, 1)),
        ("version: 1\n", (1, None)),
    ],
)
def test_a_file_that_is_no_rule_file(
    tmp_path: Path, text: str, place: tuple[int | None, int | None]
) -> None:
    line, column, message = errors_of(tmp_path, text)[0]
    assert place[0] in (None, line)
    assert place[1] in (None, column, 1)
    assert message


def test_several_errors_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    segments = """
    - {name: a, use: abandoned_kart}
    - {name: b, use: inactivity, with: {after: []}}
    - {name: c, use: inactivity}
    - {name: d, when: {did: searched, within: -1h, at_least: two}}
    """
    places = [line for line, _, _ in errors_of(tmp_path, rules_file(segments))]
    assert places == [3, 4, 6, 6]


def test_a_cycle_of_segments_is_an_error(tmp_path: Path) -> None:
    segments = """
    - {name: a, when: {in_segment: b}}
    - {name: b, when: {all: [{did: searched}, {not: {in_segment: a}}]}}
    """
    assert errors_of(tmp_path, rules_file(segments))[0][0] in (3, 4)
    assert errors_of(tmp_path, rules_file("- {name: a, when: {in_segment: a}}"))[0][0] == 3


def test_rules_check_tells_the_errors_with_their_places(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(
        rules_file(
            """
            - {name: a, use: abandoned_kart}
            - {name: b, use: inactivity, colour: red}
            """
        )
    )
    result = streamseg(tmp_path, "rules", "check", "rules.yaml")
    told = (result.stdout + result.stderr).decode()
    assert result.returncode == 1
    for wanted in ("rules.yaml:3:", "abandoned_kart", "rules.yaml:4:", "colour"):
        assert wanted in told
    assert "ok" not in result.stdout.decode().split()
