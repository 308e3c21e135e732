"""The rule reference is what the program writes, and every word in it has an example that runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from streamseg.core.values.predicates import OPERATORS
from streamseg.replay.timelines import run_timelines
from streamseg.rules.conditions.base import condition_specs
from streamseg.rules.reference import reference
from streamseg.rules.schema import rules_schema
from streamseg.rules.segment_fields import TRIGGER_FIELDS
from streamseg.rules.templates.base import templates
from streamseg.rules.timeline_fields import timelines_schema
from streamseg.rules.timelines import load_timelines

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLES = DOCS / "examples"


def test_the_committed_reference_is_up_to_date() -> None:
    """Write it anew with `streamseg rules reference > docs/rule-reference.md`."""
    assert (DOCS / "rule-reference.md").read_text("utf-8") == reference()


def test_everything_is_in_the_reference() -> None:
    text = reference()
    for word in [*condition_specs(), *templates()]:
        assert f"\n### {word}\n" in text
    for template in templates().values():
        for parameter in template.parameters:
            assert f"| `{parameter}` |" in text.split(f"### {template.name}\n")[1].split("\n###")[0]
    for name in [*OPERATORS, *TRIGGER_FIELDS]:
        assert f"| `{name}` |" in text


@pytest.mark.parametrize("word", condition_specs())
def test_each_condition_has_a_timeline_that_makes_it_true_and_one_that_does_not(word: str) -> None:
    file = load_timelines(EXAMPLES / f"{word}.test.yaml")
    assert f"{word}: " in (EXAMPLES / f"{word}.test.yaml").read_text("utf-8")
    assert {bool(one.expected) for one in file.timelines} == {True, False}
    assert [one.differences for one in run_timelines(file)] == [[] for _ in file.timelines]


@pytest.mark.parametrize(
    ("example", "names"), [("operators", OPERATORS), ("trigger_options", TRIGGER_FIELDS)]
)
def test_operators_and_options_have_a_timeline(example: str, names: Any) -> None:
    path = EXAMPLES / f"{example}.test.yaml"
    text = path.read_text("utf-8")
    assert [name for name in names if f"{{{name}: " not in text] == []
    assert all(not one.differences for one in run_timelines(load_timelines(path)))


def _undescribed(schema: Any, path: str) -> list[str]:
    if isinstance(schema, list):
        return [bad for n, one in enumerate(schema) for bad in _undescribed(one, f"{path}[{n}]")]
    if not isinstance(schema, dict):
        return []
    bad = []
    if schema.get("type") == "object" and schema.get("additionalProperties") is False:
        bad = [
            f"{path}.{name}"
            for name, field in schema["properties"].items()
            if not field.get("description")
        ]
    return bad + [
        one for name, inner in schema.items() for one in _undescribed(inner, f"{path}.{name}")
    ]


@pytest.mark.parametrize("schema", [rules_schema(), timelines_schema()], ids=["rules", "tests"])
def test_a_schema_describes_every_field_and_names_itself(schema: dict[str, Any]) -> None:
    assert _undescribed(schema, "") == []
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"].startswith("urn:streamseg:")
