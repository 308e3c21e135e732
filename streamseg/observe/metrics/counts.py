"""What is counted where the rules ask for it."""

from __future__ import annotations

from typing import Final

from streamseg.observe.metric import counter, gauge

COUNTS: Final = (
    gauge(
        "segment_members",
        "",
        ("segment",),
        "Stays in a segment by now, of the contacts of this worker; only where the rules ask for "
        "`kpis`. The sum over the workers is the segment's size.",
        "Less than expected: see whether all partitions run (`streamseg_partitions`): what nobody "
        "owns is counted nowhere. Else `streamseg stats` shows since which day.",
    ),
    counter(
        "segment_entered",
        ("segment",),
        "Stays that began, of contacts and keys; only where the rules ask for `kpis`.",
        "Flat: no events of the types that the rule asks about (`streamseg rules explain`), or it "
        "holds of nobody. Ten times as many as ever: a campaign, or a sender that repeats itself.",
    ),
    counter(
        "segment_activity",
        ("segment",),
        "Events that members of a segment did; only where an alert asks for its `activity`.",
        "Flat while events come in: nobody is in it by now (`streamseg_segment_members`).",
    ),
    counter(
        "segment_converted",
        ("segment", "variant"),
        "Exposures that an order followed, as they are seen; what is taken back later stays. "
        "`variant` is empty outside of experiments.",
        "Flat while triggers fire: messages do not go out, orders do not come in, or nobody buys; "
        "`streamseg stats` compares with the days before.",
    ),
    counter(
        "segment_revenue",
        ("segment", "variant"),
        "Sum of the orders that followed exposures, as they are seen; exact in `streamseg stats`.",
        "Flat while `streamseg_segment_converted_total` grows: orders come without `total`, or in "
        "another currency than `value.orders` names.",
    ),
)
