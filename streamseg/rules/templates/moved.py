"""``moved``: a label of the contact is another than it was."""

from __future__ import annotations

from streamseg.rules.moved import FIGURES, moves_template

TEMPLATE = moves_template(
    "moved",
    "A label of the contact changed from one of the names `from` to one of the names `to`, by an "
    "event or by time. Each move is an episode of its own; the next move ends it.",
    "{of: lifecycle, to: [at_risk, lost]}",
    tuple(path for paths in FIGURES.values() for path in paths),
)
