"""The rule files in the documentation are right, and those shown as wrong are wrong as shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from jsonschema import Draft202012Validator

from streamseg.replay.timelines import run_timelines
from streamseg.rules import RuleErrors, parse_rules
from streamseg.rules.conditions.base import condition_specs
from streamseg.rules.document import parse_document
from streamseg.rules.lint import warnings_of
from streamseg.rules.loading import compile_rules
from streamseg.rules.schema import rules_schema
from streamseg.rules.segment_fields import SEGMENT_FIELDS
from streamseg.rules.templates.base import templates
from streamseg.rules.timelines import load_timelines
from tests.replaying import run_replay

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
GUIDES = ("docs/rules.md", "docs/value.md", "docs/prediction.md")
TRIGGER_OPTIONS = {"cooldown", "limit", "context", "cancel"}


class Shown(NamedTuple):
    """A whole rule file in a page; ``errors`` is the block after it that shows what is wrong,
    ``checked`` the one that shows what `rules check` prints.
    """

    place: str
    text: str
    errors: str | None
    checked: str


def fenced(page: Path) -> list[tuple[int, str, str]]:
    """The fenced blocks of a page: (line of the fence, language, text)."""
    text = page.read_text("utf-8")
    return [
        (text.count("\n", 0, found.start()) + 1, found[1], found[2])
        for found in FENCED.finditer(text)
    ]


def rule_files() -> Iterator[Shown]:
    """Every YAML block that begins with a version, as a rule file does."""
    for page in PAGES:
        blocks = fenced(page)
        for (line, language, text), (_, following, errors_shown) in pairwise(
            [*blocks, (0, "", "")]
        ):
            if language == "yaml" and text.startswith("version:"):
                errors = errors_shown if following == "errors" else None
                checked = errors_shown if following == "warnings" else "ok\n"
                yield Shown(f"{page.relative_to(ROOT)}:{line}", text, errors, checked)


SHOWN = list(rule_files())
RIGHT = [pytest.param(one, id=one.place) for one in SHOWN if one.errors is None]
WRONG = [pytest.param(one, id=one.place) for one in SHOWN if one.errors is not None]


@pytest.mark.parametrize("shown", RIGHT)
def test_a_rule_file_in_the_docs_is_right(shown: Shown) -> None:
    assert parse_rules(shown.text, shown.place).segments


@pytest.mark.parametrize("shown", RIGHT)
def test_a_rule_file_in_the_docs_is_valid_by_the_schema(shown: Shown) -> None:
    errors = Draft202012Validator(rules_schema()).iter_errors(_read(shown))
    assert [error.message for error in errors] == []


def _read(shown: Shown) -> Any:
    """The file's content as JSON has it."""
    return parse_document(shown.text, shown.place).plain()


@pytest.mark.parametrize("shown", WRONG)
def test_errors_are_told_as_the_docs_show_them(shown: Shown) -> None:
    with pytest.raises(RuleErrors) as found:
        parse_rules(shown.text, "rules.yaml")
    assert str(found.value) + "\n" == shown.errors


@pytest.mark.parametrize("shown", RIGHT)
def test_a_rule_file_in_the_docs_has_the_warnings_that_are_shown(shown: Shown) -> None:
    document = parse_document(shown.text, "rules.yaml")
    warnings = warnings_of(document, compile_rules(document, "rules.yaml"), "rules.yaml")
    assert "".join(f"{one}\n" for one in [*warnings, "ok"]) == shown.checked


def test_there_are_rule_files_of_both_kinds() -> None:
    assert len(RIGHT) > 15
    assert len(WRONG) == 2


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield name
            yield from _words(one)
    elif isinstance(value, list):
        for one in value:
            yield from _words(one)


def test_every_condition_template_parameter_and_option_has_an_example() -> None:
    documents = [
        _read(shown) for shown in SHOWN if shown.errors is None and shown.place.startswith(GUIDES)
    ]
    words = {word for document in documents for word in _words(document)}
    used = {one["use"] for document in documents for one in document["segments"] if "use" in one}
    wanted = {
        *(name for spec in condition_specs().values() for name in spec.fields),
        *(name for template in templates().values() for name in template.parameters),
        *(SEGMENT_FIELDS.keys() - {"on_deploy"}),
        *TRIGGER_OPTIONS,
    }
    assert used == set(templates())
    assert wanted - words == set()


def test_the_tests_in_the_docs_are_of_the_rules_at_the_top_of_the_page(tmp_path: Path) -> None:
    blocks = [
        text for _, language, text in fenced(ROOT / "docs" / "rules.md") if language == "yaml"
    ]
    (tests,) = [text for text in blocks if text.startswith("contact:")]
    (tmp_path / "rules.yaml").write_text(blocks[0], "utf-8")
    (tmp_path / "rules.test.yaml").write_text(tests, "utf-8")
    results = run_timelines(load_timelines(tmp_path / "rules.yaml"))
    assert [one.differences for one in results] == [[], [], []]


def test_the_readme_shows_what_its_first_rule_brings() -> None:
    blocks = fenced(ROOT / "README.md")
    rules = next(text for _, language, text in blocks if language == "yaml")
    events, triggers = [text for _, language, text in blocks if language == "json"]
    result = run_replay(rules, events.splitlines(), until="2026-11-22T12:00:00Z")
    assert result.raw["triggers"].decode() == triggers
