"""``rfm_moved``: the contact is in another segment of RFM."""

from __future__ import annotations

from streamseg.rules.labels import RfmNameKind, only_rfm
from streamseg.rules.moved import FIGURES, moves_template

TEMPLATE = moves_template(
    "rfm_moved",
    "`moved` for an RFM of the file: the contact came to another RFM segment.",
    "{to: [champions, loyal], from: [at_risk, cant_lose, hibernating]}",
    FIGURES["rfm"],
    kind=RfmNameKind(),
    absent=only_rfm,
    value="{rfm: {buyers: {monetary: [500, 1500, 4000, 12000]}}}",
)
