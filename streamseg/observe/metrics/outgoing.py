"""What goes out: triggers, and those that are held back."""

from __future__ import annotations

from typing import Final

from streamseg.observe.metric import counter, gauge, histogram

OUTPUT: Final = (
    counter(
        "triggers_fired",
        ("segment",),
        "Triggers committed to the triggers topic.",
        "0 where you expect some: check the rule with `streamseg replay` on the events of one "
        "contact, and look at `streamseg_triggers_suppressed_total`.",
    ),
    counter(
        "triggers_suppressed",
        ("segment", "reason"),
        "Triggers that were suppressed, by reason.",
        "`stale`: old events are read, or no worker ran for long. `left`: events come late, see "
        "STREAMSEG_LATENESS. `forgotten`: the key gave way to others (`max_keys`), or the rule, "
        "or one that it asks about, was edited. `cooldown` and `limit` are options of the rule; "
        "the other reasons come from its policy. The share of the control group is `control` "
        "divided by the sum of `control` and `streamseg_triggers_fired_total`.",
    ),
    counter(
        "triggers_deferred",
        ("segment", "gate"),
        "Triggers that a policy deferred, by the first gate that was closed.",
        "Many more than fire later: look at `expired` and `left` of "
        "`streamseg_triggers_suppressed_total`, and check that quiet hours and caps are what you "
        "want.",
    ),
    gauge(
        "triggers_waiting",
        "",
        ("segment", "gate"),
        "Triggers of this worker's contacts that currently wait for a policy, by the gate that "
        "deferred them.",
        "Growing from day to day: a cap lets fewer through than enter, and the rest will be "
        "suppressed as `expired`. Those of `quiet_hours` all fire when the quiet hours end: "
        "expect a burst at the sender.",
    ),
    counter(
        "unknown_zones",
        (),
        "How often a policy asked for a contact's time zone and the contact's attribute named one "
        "that does not exist.",
        "The sender of the attribute that `policies: zone` names does not send IANA zone names. "
        "The default zone is used instead.",
    ),
    counter(
        "unreadable_dates",
        ("attribute",),
        "How often an attribute that rules read as a date was sent in a form that is no date.",
        "The sender uses another form than `1990-03-14`, `03-14` or an instant. For the rules "
        "these contacts have no birthday and no age.",
    ),
    counter(
        "prediction_outcome",
        ("bucket", "hit"),
        "Predictions of an order whose time has passed: by the predicted probability (`bucket` is "
        "the lower end of its tenth) at the instant at which silence brought it to the first "
        "threshold, and by whether an order came (`hit`).",
        "In the bucket 0.3, three to four of ten should be hits. Far more or fewer, over some "
        "hundred predictions: fit the model again, see `docs/prediction.md`.",
    ),
    counter(
        "capped_messages",
        ("trigger",),
        "`message_sent` events in a channel that a cap counts, by whether `data.trigger` names "
        "the trigger that the message was sent for.",
        "`named` stays at 0 while triggers fire: the sender does not say which trigger a message "
        "is for, and a cap that counts `[fired, sent]` counts each of these messages twice.",
    ),
    counter(
        "triggers_cancelled",
        ("segment",),
        "Triggers that had fired and were cancelled, as a late event showed that they should not "
        "have.",
        "Events come later than STREAMSEG_LATENESS allows: raise it, or fix the cause of the "
        "delay.",
    ),
    counter(
        "membership_changes",
        ("segment", "change"),
        "Entries into and exits from segments with `membership`.",
        "Many at once: the rules changed, or a product changed that many contacts wait for.",
    ),
    histogram(
        "trigger_latency_seconds",
        "seconds",
        ("segment",),
        "Time from the event that caused a trigger, or from the instant at which a time-driven "
        "trigger became due, to its commit.",
        "Compare with `streamseg_commit_duration_seconds` (the broker is slow) and "
        "`streamseg_lag_records` (the worker is behind).",
    ),
)
