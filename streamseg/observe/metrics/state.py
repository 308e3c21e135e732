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
        "Growing without end: a sender sends ids as `contact` that are not of contacts, such as "
        "one per session.",
    ),
    gauge(
        "products",
        "",
        ("partition",),
        "Products with facts in a partition of products.",
        "Many more than the shop sells: a sender sends ids as `product` that are not of product "
        "variants.",
    ),
    gauge(
        "state_bytes",
        "bytes",
        PLACE,
        "Bytes of state at rest, keys and values.",
        "More than 400 B per contact: a rule remembers much; shorten its `within`, or narrow its "
        "`where`.",
    ),
    gauge(
        "timers_pending",
        "",
        ("partition",),
        "Pending timers: instants at which time alone may change a segment, about one per contact "
        "that has any.",
        "Growing while `streamseg_triggers_fired_total` is flat: the partition's stream time "
        "stands still, see `streamseg_lag_seconds`.",
    ),
)
