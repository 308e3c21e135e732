"""A prediction that looks further than the model was found to be right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from streamseg.core.values.timestamps import format_duration, parse_duration
from streamseg.core.values.zones import DAY_MS
from streamseg.rules.document import Node
from streamseg.rules.lint.uses import Uses, fields_of

_FURTHEST: Final = 180 * DAY_MS
_DOUBT: Final = (
    f"over more than {format_duration(_FURTHEST)} the model's probabilities are too low; ask about "
    "a shorter time, or see what `streamseg fit` says of it"
)
_TEMPLATES: Final = ("likely_to_churn", "likely_to_buy")


def too_far(uses: Sequence[Uses]) -> Iterator[tuple[Node, str]]:
    """Probabilities of an order within more than 180 days."""
    for segment in uses:
        for node in _horizons(segment):
            if parse_duration(node.value) > _FURTHEST:
                yield node, _DOUBT


def _horizons(segment: Uses) -> Iterator[Node]:
    template = segment.fields.get("use")
    if template is not None and template.value in _TEMPLATES and "with" in segment.fields:
        parameters = fields_of(segment.fields["with"])
        if "within" in parameters:
            yield parameters["within"]
    for leaf in segment.leaves:
        asked = fields_of(leaf).get("predict")
        buys = fields_of(asked).get("buys") if asked is not None else None
        if buys is not None:
            yield fields_of(buys)["within"]
