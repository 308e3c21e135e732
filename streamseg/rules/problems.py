"""What is wrong with a rule file, and where."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple

from streamseg.core.errors import StreamsegError


class RuleError(NamedTuple):
    """One problem: file, line and column (both from 1), what is wrong and what would be right."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class RuleErrors(StreamsegError):
    """A rule file that cannot be used; ``errors`` in the order of lines."""

    def __init__(self, errors: Iterable[RuleError]) -> None:
        self.errors = sorted(errors, key=lambda error: (error.file, error.line, error.column))
        super().__init__("\n".join(str(error) for error in self.errors))


def one_of(found: str, allowed: Iterable[str]) -> str:
    """The end of a message about a name that is not allowed: the nearest name, and all that are."""
    names = list(allowed)
    near = get_close_matches(found, names, n=1)
    hint = f"did you mean `{near[0]}`? " if near else ""
    return f"{hint}allowed: {', '.join(names)}"
