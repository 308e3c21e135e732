"""What goes out: triggers, and those that are held back."""

from __future__ import annotations

from typing import Final

from streamseg.observe.metric import counter, gauge, histogram

OUTPUT: Final = (
    counter(
        "triggers_fired",
        ("segment",),
        "Triggers committed to the triggers topic.",
        "0 where some are expected: check the rule with `streamseg replay` on the events of one "
        "contact, and `streamseg_triggers_suppressed_total`.",
    ),
    counter(
        "triggers_suppressed",
        ("segment", "reason"),
        "Triggers held back, by reason.",
        "`stale`: old events are being read, or the worker was away for long. `left`: events come "
        "late, see STREAMSEG_LATENESS. `forgotten`: the key gave way to others (`max_keys`), or "
        "the rule was edited. `cooldown` and `limit` are the rule's own options, the others are "
        "its policy's. The share held by control: `control` of it and "
        "`streamseg_triggers_fired_total` together.",
    ),
    counter(
        "triggers_deferred",
        ("segment", "gate"),
        "Triggers that began to wait for a policy, by the first gate that was closed.",
        "More than are fired later: see `expired` and `left` of "
        "`streamseg_triggers_suppressed_total`, and whether quiet hours and caps are meant so.",
    ),
    gauge(
        "triggers_waiting",
        "",
        ("segment", "gate"),
        "Triggers that wait for a policy by now, of the contacts of this worker, by the gate that "
        "they were deferred for.",
        "Growing from day to day: a cap lets fewer through than enter, and the rest will be held "
        "back as `expired`. By `quiet_hours` all go at their end: a rush for the sender.",
    ),
    counter(
        "unknown_zones",
        (),
        "Times that a contact named a zone that there is not, as their policy asked for it.",
        "What writes the attribute that `policies: zone` names sends no IANA names. The default "
        "zone counts instead.",
    ),
    counter(
        "unreadable_dates",
        ("attribute",),
        "Times that a contact's attribute that rules read as a date was told as something else.",
        "What writes the attribute sends another form than `1990-03-14`, `03-14` or an instant: "
        "these contacts have no birthday, and no age.",
    ),
    counter(
        "prediction_outcome",
        ("bucket", "hit"),
        "Predictions of an order whose time has passed, by how probable it was (from `bucket` on, "
        "by tenths) when silence took it to the first threshold, and whether one came.",
        "Of a bucket of 0.3, three to four of ten should be hits. Far more or fewer, over some "
        "hundred: fit the model anew, see `docs/prediction.md`.",
    ),
    counter(
        "capped_messages",
        ("trigger",),
        "`message_sent` events of a channel that a cap counts, by whether `data.trigger` names the "
        "trigger that they were sent for.",
        "`named` stays at 0 while triggers fire: the sender never says which trigger a message is "
        "for, and a cap that counts `[fired, sent]` counts each of these messages twice.",
    ),
    counter(
        "triggers_cancelled",
        ("segment",),
        "Triggers withdrawn because an event that came late denies them.",
        "Events come later than STREAMSEG_LATENESS allows; raise it, or mend what delays them.",
    ),
    counter(
        "membership_changes",
        ("segment", "change"),
        "Contacts who entered or exited a segment that asks for its membership.",
        "Many at once: the rules changed, or a product did that many contacts wait for.",
    ),
    histogram(
        "trigger_latency_seconds",
        "seconds",
        ("segment",),
        "From the event that made a trigger, or the instant at which time alone allowed it, to "
        "its commit.",
        "Compare with `streamseg_commit_duration_seconds` (the broker is slow) and "
        "`streamseg_lag_records` (the worker is behind).",
    ),
)
