"""``lifecycle_moved``: the contact is at another stage of a customer's life."""

from __future__ import annotations

from streamseg.rules.labels import fixed_label
from streamseg.rules.moved import FIGURES, moves_template

TEMPLATE = moves_template(
    "lifecycle_moved",
    "`moved` for the label `lifecycle`: the contact became new, active, loyal, vip, at_risk, lost "
    "or returned.",
    "{to: [at_risk, lost], from: [active, loyal, vip]}",
    FIGURES["lifecycle"],
    absent=fixed_label("lifecycle"),
)
