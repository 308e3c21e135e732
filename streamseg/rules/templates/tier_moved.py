"""``tier_moved``: the contact is in another tier."""

from __future__ import annotations

from streamseg.rules.labels import fixed_label
from streamseg.rules.moved import FIGURES, moves_template

TEMPLATE = moves_template(
    "tier_moved",
    "`moved` for the label `tier`: the contact rose to a tier, or fell back to a lower one.",
    "{direction: up}",
    FIGURES["tier"],
    absent=fixed_label("tier"),
    value="{tier: {tiers: {silver: 500, gold: 2000}, within: 365d}}",
)
