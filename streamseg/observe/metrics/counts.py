"""What is counted where the rules ask for it."""

from __future__ import annotations

from typing import Final

from streamseg.observe.metric import counter, gauge

COUNTS: Final = (
    gauge(
        "segment_members",
        "",
        ("segment",),
        "Current stays in a segment of this worker's contacts; only if the rules have `kpis` or "
        "`alerts`. The sum over all workers is the segment's size.",
        "Less than expected: check that all partitions run (`streamseg_partitions`), as no worker "
        "counts a partition that none owns. If they do, `streamseg stats` shows since which day.",
    ),
    counter(
        "segment_entered",
        ("segment",),
        "Stays that began, of contacts and keys; only if the rules have `kpis` or `alerts`.",
        "Flat: there are no events of the types that the rule asks about (`streamseg rules "
        "explain`), or no contact meets it. Ten times as many as usual: a campaign, or a sender "
        "that sends events again.",
    ),
    counter(
        "segment_activity",
        ("segment",),
        "Events of a segment's members; only if an alert asks for its `activity`.",
        "Flat while events come in: the segment has no members (`streamseg_segment_members`).",
    ),
    counter(
        "segment_converted",
        ("segment", "variant"),
        "Exposures that an order followed, when the order is seen. A conversion that is taken "
        "back later stays counted. `variant` is empty outside of experiments.",
        "Flat while triggers fire: messages are not sent, orders do not arrive, or nobody buys; "
        "`streamseg stats` shows the days before for comparison.",
    ),
    counter(
        "segment_revenue",
        ("segment", "variant"),
        "Sum of the orders that followed exposures, when each order is seen; `streamseg stats` "
        "has the exact sum.",
        "Flat while `streamseg_segment_converted_total` grows: orders come without `total`, or in "
        "another currency than `value.orders` names.",
    ),
)
