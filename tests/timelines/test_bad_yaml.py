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
        ("at_least: 1e309\n", "1:11: the number 1e309 is too large"),
        ("at_least: -1e999999999\n", "1:11: the number -1e999999999 is too large"),
        ("n: " + "9" * 5000 + "\n", f"1:4: the number {'9' * 40} is too large"),
        ("n: -" + "9" * 309 + "\n", f"1:4: the number -{'9' * 39} is too large"),
        ("n: 0x" + "f" * 5000 + "\n", f"1:4: the number 0x{'f' * 38} is too large"),
        ("n: .inf\n", "1:4: '.inf' (float) has no meaning here"),
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


def test_a_file_in_another_encoding_is_told_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_bytes("version: 1\n".encode("utf-16"))
    result = streamseg(tmp_path, "rules", "check", "rules.yaml")
    assert result.stdout.decode() == (
        "rules.yaml:1:1: is not UTF-8: byte 0; save the file as UTF-8\n"
    )
