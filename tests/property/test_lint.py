"""Any rule file that can be read can be looked through for what is probably a mistake."""

import pytest
from hypothesis import given, settings

from streamseg.rules.document import parse_document
from streamseg.rules.lint import warnings_of
from streamseg.rules.loading import compile_rules

from .driver import Record, rules_yaml
from .rule_files import rule_files
from .scale import examples


@pytest.mark.slow
@settings(max_examples=examples(400))
@given(rule_files())
def test_any_rule_file_can_be_looked_through(rules: Record) -> None:
    text = rules_yaml(rules)
    document = parse_document(text, "f")
    lines = text.splitlines()
    for warning in warnings_of(document, compile_rules(document, "f"), "f"):
        assert lines[warning.line - 1][warning.column - 1 :].strip(), "it names no place"
        assert warning.message
