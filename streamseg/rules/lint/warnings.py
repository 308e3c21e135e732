"""Collects all warnings about a rule file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from streamseg.core.segments.rule_set import RuleSet
from streamseg.rules.document import Node
from streamseg.rules.lint.bounds import excluded
from streamseg.rules.lint.contexts import never_in_context
from streamseg.rules.lint.everybody import true_of_everybody
from streamseg.rules.lint.horizons import too_far
from streamseg.rules.lint.labels import never_at, never_moved, never_scored
from streamseg.rules.lint.never import never_true
from streamseg.rules.lint.quotes import wrongly_quoted
from streamseg.rules.lint.sight import seen_by_nobody
from streamseg.rules.lint.spelling import misspelt
from streamseg.rules.lint.ties import skips_scores
from streamseg.rules.lint.uses import uses_of


class RuleWarning(NamedTuple):
    """What is probably a mistake: file, line and column (both from 1), what, and the way out."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: warning: {self.message}"


def warnings_of(root: Node, rules: RuleSet, file: str) -> list[RuleWarning]:
    """The warnings of a document that is compiled to ``rules``, in the order of their places."""
    found = {
        RuleWarning(file, one.line, one.column, message) for one, message in _found(root, rules)
    }
    return sorted(found)


def _found(root: Node, rules: RuleSet) -> Iterator[tuple[Node, str]]:
    uses = uses_of(root)
    yield from misspelt(uses)
    yield from wrongly_quoted(uses)
    yield from excluded(uses)
    yield from never_in_context(uses)
    yield from never_true(uses)
    yield from never_scored(root, uses)
    yield from never_at(root, uses)
    yield from never_moved(uses, rules)
    yield from seen_by_nobody(uses, rules)
    yield from too_far(uses)
    yield from true_of_everybody(uses, rules)
    yield from skips_scores(root)
