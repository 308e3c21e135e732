"""Explains in plain words why a text is no YAML, with the place of the error."""

from __future__ import annotations

import re
from typing import Final

import yaml

# What the parser says (context: problem), and what that means. Of the first, the place to look at
# is where the context began, of the others where the parser stopped.
_OF_THE_CONTEXT: Final = {
    r"quoted scalar: .*end of stream": "this quote is not closed",
    r"flow (mapping|sequence): ": "this bracket is not closed, or a comma is missing in it",
    r"could not find expected ':'": "a `:` is missing after this",
    r"block scalar: ": "`>` and `|` begin a text of several lines; put the value in quotes",
}
_OF_THE_PROBLEM: Final = {
    r"found character '\\t'": "a tab; indent with spaces",
    r"found character '(.)' that cannot": r"a value cannot begin with \1; put it in quotes",
    r"<block end>, but found '(<block|[?-])": "the indentation does not fit the lines before",
    r"<block end>, but": "more text after a value that has ended; put all of it in quotes",
    r"mapping values are not allowed": "no `:` may stand here; put a text that has one in quotes, "
    "or look at the indentation",
    r"another document|<document start>": "a file is one document, and here it goes on",
    r"undefined alias '(.*)'": r"*\1 refers to nothing; put the text in quotes",
}


def misread(error: yaml.YAMLError) -> tuple[int, int, str]:
    """The line and column (from 1) to look at, and a message."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return 1, 1, f"not YAML: {error}"
    said = f"{error.context}: {error.problem}"
    mark, message = error.problem_mark or error.context_mark, error.problem or error.context
    for meanings, place in ((_OF_THE_CONTEXT, error.context_mark), (_OF_THE_PROBLEM, mark)):
        for pattern, meaning in meanings.items():
            found = re.search(pattern, said)
            if found is not None:
                return _told(place or mark, found.expand(meaning))
    return _told(mark, message)


def _told(mark: yaml.Mark | None, message: str | None) -> tuple[int, int, str]:
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return line, column, f"not YAML: {message}"
