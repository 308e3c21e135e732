"""State: how much is remembered."""

from __future__ import annotations

from typing import Final

from streamseg.observe.metric import PLACE, gauge

STATE: Final = (
    gauge(
        "contacts",
        "",
        ("partition",),
        "Contacts with state in a partition of events.",
        "Growing without end: ids that are not of contacts, such as one per session, are sent as "
        "`contact`.",
    ),
    gauge(
        "products",
        "",
        ("partition",),
        "Products with facts in a partition of products.",
        "Much more than the shop sells: ids that are not of variants are sent as `product`.",
    ),
    gauge(
        "state_bytes",
        "bytes",
        PLACE,
        "Bytes of state at rest, keys and values.",
        "Divide by the contacts: above 400 B each, a rule remembers much; shorten its `within`, "
        "or narrow its `where`.",
    ),
    gauge(
        "timers_pending",
        "",
        ("partition",),
        "Instants at which time alone will change a segment; about one for each contact that has "
        "any.",
        "Growing while `streamseg_triggers_fired_total` is flat: the partition's time stands "
        "still, see `streamseg_lag_seconds`.",
    ),
)
