"""What is no YAML is told in plain words, at the place to look at."""

from pathlib import Path

import pytest

from .command import streamseg

INDENTATION = "the indentation does not fit the lines before"
BRACKET = "this bracket is not closed, or a comma is missing in it"
COLON = "no `:` may stand here; put a text that has one in quotes, or look at the indentation"
MORE = "more text after a value that has ended; put all of it in quotes"
SEVERAL = "`>` and `|` begin a text of several lines; put the value in quotes"
END = "a file is one document, and here it goes on"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version: 1\nsegments:\n\t- name: a\n", "3:1: not YAML: a tab; indent with spaces"),
        ("segments:\n  - name: a\n   use: inactivity\n", f"3:4: not YAML: {INDENTATION}"),
        ("segments:\n  - name: a\n - name: b\n", f"3:2: not YAML: {INDENTATION}"),
        ("version: 1\n  segments: []\n", f"2:11: not YAML: {COLON}"),
        ("name: one: two\n", f"1:10: not YAML: {COLON}"),
        ('version: 1\nsegments:\n  - name: "a\n', "3:11: not YAML: this quote is not closed"),
        ("name: 'it's'\n", f"1:11: not YAML: {MORE}"),
        ("segments:\n  - {name: a, use: inactivity\n", f"2:5: not YAML: {BRACKET}"),
        ("segments:\n  - {name: a use: inactivity}\n", f"2:5: not YAML: {BRACKET}"),
        ("after: [1h, 2h\nuse: x\n", f"1:8: not YAML: {BRACKET}"),
        ("at_least: >10%\n", f"1:11: not YAML: {SEVERAL}"),
        ("where: {price: >100}\n", "1:16: not YAML: a value cannot begin with >; put it in quotes"),
        ("name: @home\n", "1:7: not YAML: a value cannot begin with @; put it in quotes"),
        ("name: *star\n", "1:7: not YAML: *star refers to nothing; put the text in quotes"),
        ("segments:\nname\nuse: x\n", "2:1: not YAML: a `:` is missing after this"),
        ("version: 1\n---\nversion: 1\n", f"2:1: not YAML: {END}"),
        ('{"type": "searched"}\n{"type": "searched"}\n', f"2:1: not YAML: {END}"),
    ],
)
def test_what_is_no_yaml_is_told_in_plain_words(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "rules.yaml").write_text(text)
    result = streamseg(tmp_path, "rules", "check", "rules.yaml")
    assert result.returncode == 1
    assert result.stdout.decode() == f"rules.yaml:{message}\n"


NINES = "9" * 40
FLAWED = "version: 1\nsegments:\n  - {name: a, on: searched, where: {price: %s}}\n"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("1e309", "the number 1e309 is too large"),
        ("-1e999999999", "the number -1e999999999 is too large"),
        ("9" * 5000, f"the number {NINES} is too large"),
        ("-" + "9" * 309, f"the number -{NINES[1:]} is too large"),
        ("0x" + "f" * 5000, f"the number 0x{'f' * 38} is too large"),
        (".inf", "'.inf' (float) has no meaning here"),
        ("{eq: -.INF}", "'-.INF' (float) has no meaning here"),
    ],
)
def test_a_value_that_means_nothing_is_told_once(tmp_path: Path, value: str, message: str) -> None:
    (tmp_path / "rules.yaml").write_text(FLAWED % value)
    result = streamseg(tmp_path, "rules", "check", "rules.yaml")
    column = 49 if value.startswith("{") else 44
    assert result.stdout.decode() == f"rules.yaml:3:{column}: {message}\n"


def test_what_means_nothing_hides_no_other_error(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(
        """\
version: 1
segments:
  - {name: a, when: {did: product_viewed, where: {price: {gte: .nan}}}, trigger: {}}
  - {name: b, use: moved, use: inactivity}
  - {name: c, when: {did: x, at_least: -1}, 1: x}
"""
    )
    result = streamseg(tmp_path, "rules", "check", "rules.yaml")
    told = [line.partition(";")[0] for line in result.stdout.decode().splitlines()]
    assert told == [
        "rules.yaml:3:64: '.nan' (float) has no meaning here",
        "rules.yaml:4:5: `of` is missing: the label: `lifecycle`, `tier` or `rfm.NAME`",
        "rules.yaml:4:27: `use` stands here twice",
        "rules.yaml:5:40: must be a whole number from 0 to 10000, not the number -1",
        "rules.yaml:5:45: a key must be a text, not the number 1",
    ]
    (tmp_path / "rules.test.yaml").write_text("tests: []\n")
    tested = streamseg(tmp_path, "rules", "test", "rules.yaml")
    assert tested.returncode == 2
    assert "rules.yaml:5:40: " in tested.stderr.decode() + tested.stdout.decode()


def test_a_file_in_another_encoding_is_told_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_bytes("version: 1\n".encode("utf-16"))
    result = streamseg(tmp_path, "rules", "check", "rules.yaml")
    assert result.stdout.decode() == (
        "rules.yaml:1:1: is not UTF-8: byte 0; save the file as UTF-8\n"
    )
