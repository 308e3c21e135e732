"""`streamseg why` says what made a contact enter: an event, time, a merge or other rules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from streamseg.core.partition import Partition
from streamseg.core.peek import Peek
from streamseg.explain.answers import WhyAnswer
from streamseg.explain.why import segment_named, why
from streamseg.formats.canonical import decode
from streamseg.rules import parse_rules

from .command import streamseg

RULES = """\
version: 1
segments:
- {name: left, use: abandoned_cart, with: {after: [1h, 2h]}}
- {name: keen, when: {did: product_viewed, at_least: 2}, trigger: {}}
- {name: silent, use: inactivity, with: {after: 2h}}
"""
T0 = 1_795_255_200_000
HOUR = 3_600_000


def record(kind: str, hour: float, contact: str = "ann", **data: Any) -> dict[str, Any]:
    time = T0 + round(hour * HOUR)
    return {"type": kind, "contact": contact, "time": time, "data": data}


def told(tmp_path: Path, records: list[dict[str, Any]], *arguments: str) -> str:
    rules, events = tmp_path / "rules.yaml", tmp_path / "events.ndjson"
    rules.write_text(RULES)
    events.write_text("\n".join(json.dumps(one) for one in records))
    result = streamseg(Path(), "why", *arguments, "--rules", str(rules), "--from-file", str(events))
    assert result.returncode == 0, result.stderr
    return result.stdout.decode()


VIEWS = [record("product_viewed", hour, product="p") for hour in (0, 0.5)]


def test_what_an_event_and_what_time_brought_about_is_told(tmp_path: Path) -> None:
    cart = record("cart_item_added", 0.5, product="p")
    tick = record("page_viewed", 3, contact="bob")
    given = [*VIEWS, cart, tick]
    first = told(tmp_path, given, "ann", "keen").splitlines()[0]
    assert first == "ann is in keen at 2026-11-21 13:00:00, since 2026-11-21 10:30:00 by an event"
    left = told(tmp_path, given, "ann", "left").splitlines()[0]
    assert "since 2026-11-21 12:30:00 by time; leaves at" in left
    answer = json.loads(told(tmp_path, given, "ann", "left", "--json"))
    assert (answer["cause"], [one["cause"] for one in answer["rungs"]]) == ("time", ["time"] * 2)
    out = json.loads(told(tmp_path, VIEWS, "ann", "left", "--json"))
    assert (out["cause"], out["entered_at"]) == (None, None)


def test_a_trigger_that_is_told_hides_no_cause(tmp_path: Path) -> None:
    answer = json.loads(told(tmp_path, VIEWS, "ann", "keen", "--json"))
    assert (answer["trigger"]["fired"], answer["cause"]) == (1, "event")


def test_a_merge_is_a_cause(tmp_path: Path) -> None:
    guest = [record("product_viewed", 0, "guest", product="p")]
    merge = record("contact_merged", 1, **{"from": "guest"})
    answer = json.loads(told(tmp_path, [*guest, VIEWS[1], merge], "ann", "keen", "--json"))
    assert (answer["truth"], answer["cause"]) == ("true", "merged")


def asked(partition: Partition, name: str) -> WhyAnswer:
    def look() -> Peek:
        peek = partition.peek("ann", partition.now)
        assert peek is not None
        return peek

    return why(look, segment_named(look().rules, name), None, 0)


def partition_of(rules: str, log: dict[bytes, bytes]) -> Partition:
    partition = Partition(parse_rules(rules), slice_size=10)
    for key, value in log.items():
        partition.load(key, value)
    partition.ready()
    return partition


def kept(partition: Partition, log: dict[bytes, bytes]) -> dict[bytes, bytes]:
    log |= {key: value for key, value in partition.take().changes if value is not None}
    partition.install()
    return log


def test_other_rules_are_a_cause_and_take_none_away() -> None:
    before = partition_of(RULES, {})
    for one in VIEWS:
        before.apply(decode(json.dumps(one).encode()), None)
    log = kept(before, {})
    edited = RULES.replace("trigger: {}", "trigger: {cooldown: 1d}")
    more = edited + "- {name: new, when: {did: product_viewed}, trigger: {}}\n"
    after = partition_of(more, log)
    after.advance(T0 + HOUR, None)
    kept(after, log)
    assert [asked(after, name).cause for name in ("keen", "new")] == ["event", "rules_changed"]


def test_an_arm_that_gets_no_message_would_hold_a_trigger_back(tmp_path: Path) -> None:
    rules, events = tmp_path / "rules.yaml", tmp_path / "events.ndjson"
    rules.write_text(
        """\
version: 1
segments:
- {name: none, use: inactivity, policy: {split: {of: {a: 0, control: 100}}}}
- {name: some, use: inactivity, policy: {split: {of: {a: 100, control: 0}}}}
"""
    )
    events.write_text(json.dumps(VIEWS[0]))
    for name, reason in (("none", "control"), ("some", None)):
        result = streamseg(
            Path(), "why", "ann", name, "--rules", rules, "--from-file", events, "--json"
        )
        assert json.loads(result.stdout)["trigger"]["would_hold"] == reason


COUNTS_AS_FIRED = "what was held back for the control group counts as fired, and was not sent"


def test_what_was_not_sent_for_the_comparison_is_not_shown_as_a_message(tmp_path: Path) -> None:
    rules, events = tmp_path / "rules.yaml", tmp_path / "events.ndjson"
    holdout = "policy: {split: {of: {a: 0, control: 100}}}"
    rules.write_text(f"{RULES}- {{name: held, use: inactivity, {holdout}}}\n")
    tick = record("page_viewed", 24 * 40, contact="bob")
    events.write_text("\n".join(json.dumps(one) for one in [*VIEWS, tick]))
    given = ["--rules", str(rules), "--from-file", str(events)]

    def asked(name: str, at: str) -> str:
        done = streamseg(Path(), "why", "ann", name, "--at", at, *given)
        assert done.returncode == 0, done.stderr
        return done.stdout.decode()

    later = asked("held", "2026-12-30T10:00:00Z")
    assert "last trigger  2026-12-21 10:30:00 (30d), 1 in all" in later
    assert f"note          {COUNTS_AS_FIRED}\n" in later
    assert COUNTS_AS_FIRED not in asked("held", "2026-11-22T10:00:00Z")  # nothing was yet
    assert COUNTS_AS_FIRED not in asked("keen", "2026-12-30T10:00:00Z")
