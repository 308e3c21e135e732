"""Quantiles of a figure that is the same for most contacts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from streamseg.rules.document import Node
from streamseg.rules.lint.uses import fields_of

_TIES: Final = (
    "most contacts have ordered once or twice, and equal numbers have equal scores: quantiles of "
    "frequency leave scores out; write fixed cuts such as [2, 3, 5, 10]"
)


def skips_scores(root: Node) -> Iterator[tuple[Node, str]]:
    """Quantiles of frequency."""
    value = fields_of(root).get("value")
    rfm = fields_of(value).get("rfm") if value is not None else None
    for one in fields_of(rfm).values() if rfm is not None else ():
        frequency = fields_of(one).get("frequency")
        if frequency is not None and frequency.is_mapping:
            yield frequency, _TIES
