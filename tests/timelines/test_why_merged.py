"""`streamseg why` of who was merged names the trigger by the id that was told (F20)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .command import records, streamseg

RULES = """\
version: 1
segments:
- {name: left, use: abandoned_cart, with: {after: [1h, 2h]}}
- {name: keen, when: {did: product_viewed, at_least: 2}, trigger: {}}
- {name: seen, on: product_viewed}
"""
T0 = 1_795_255_200_000
MINUTE = 60_000


def record(kind: str, minute: int, contact: str, **data: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "contact": contact,
        "time": T0 + minute * MINUTE,
        "data": data,
        "id": f"{kind}-{minute}-{contact}",
    }


MERGE = record("contact_merged", 200, "ann", **{"from": "guest"})


def last_of(
    tmp_path: Path,
    given: list[dict[str, Any]],
    segment: str,
    contact: str = "ann",
    rules: str = RULES,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The last trigger as `why` tells it, and the triggers of the segment as a replay does."""
    file, events = tmp_path / "rules.yaml", tmp_path / "events.ndjson"
    file.write_text(rules)
    events.write_text("\n".join(json.dumps(one) for one in given))
    common = ["--rules", file]
    told = records(streamseg(tmp_path, "replay", *common, events).stdout)
    asked = streamseg(tmp_path, "why", contact, segment, *common, "--from-file", events, "--json")
    assert asked.returncode == 0, asked.stderr
    answer = json.loads(asked.stdout)
    return answer["trigger"], [one for one in told if one["segment"] == segment]


def views(contact: str, *minutes: int) -> list[dict[str, Any]]:
    return [record("product_viewed", minute, contact, product="p") for minute in minutes]


def test_a_trigger_that_was_told_to_the_merged_id_keeps_that_id(tmp_path: Path) -> None:
    last, told = last_of(tmp_path, [*views("guest", 0, 1), MERGE], "keen")
    assert [one["contact"] for one in told] == ["guest"]
    assert (last["id"], last["fired_at"]) == (told[0]["id"], told[0]["entered_at"])


def test_a_trigger_that_was_told_to_the_keeper_keeps_its_id(tmp_path: Path) -> None:
    last, told = last_of(tmp_path, [*views("ann", 0, 1), *views("guest", 2), MERGE], "keen")
    assert (last["id"], len(told)) == (told[0]["id"], 1)


def test_of_triggers_to_both_the_later_is_named(tmp_path: Path) -> None:
    given = [*views("ann", 0, 1), *views("guest", 5, 6), MERGE]
    last, told = last_of(tmp_path, given, "keen", "guest")
    assert last["fired"] == 2
    assert last["id"] == told[1]["id"]
    assert told[1]["contact"] == "guest"


def test_a_trigger_after_the_merge_has_the_id_of_the_keeper(tmp_path: Path) -> None:
    last, told = last_of(tmp_path, [*views("guest", 0), MERGE, *views("guest", 210)], "keen")
    assert ([one["contact"] for one in told], last["id"]) == (["ann"], told[0]["id"])


def test_a_trigger_of_a_cart_that_became_one_with_an_older_keeps_its_id(tmp_path: Path) -> None:
    carts = [
        record("cart_item_added", 30, "guest", product="q"),
        record("cart_item_added", 50, "ann", product="p"),
        record("session_started", 120, "ann"),
        record("contact_merged", 121, "ann", **{"from": "guest"}),
    ]
    last, told = last_of(tmp_path, carts, "left")
    assert [one["contact"] for one in told] == ["guest", "ann"]
    assert last["id"] == told[1]["id"]


def test_an_instant_rule_of_the_merged_id_keeps_its_id(tmp_path: Path) -> None:
    last, told = last_of(tmp_path, [*views("ann", 0), *views("guest", 9), MERGE], "seen")
    assert last["id"] == told[1]["id"]


NIGHT = """\
version: 1
policies: {quiet: {from: 22:00, to: 08:00}}
segments:
- {name: left, use: abandoned_cart, with: {after: [1h, 4h]}}
"""


def test_what_a_later_rung_took_the_place_of_is_not_the_last_that_fired(tmp_path: Path) -> None:
    given = [
        record("cart_item_added", 0, "ann", product="p"),
        record("order_placed", 120, "ann", order="o"),
        record("cart_item_added", 690, "ann", product="p"),  # 21:30: its first hour ends at night
        record("page_viewed", 990, "ann"),  # after the later rung has come, before it is released
    ]
    last, told = last_of(tmp_path, given, "left", rules=NIGHT)
    assert [one["entered_at"][11:16] for one in told] == ["11:00"]
    assert (last["rung"], last["fired_at"], last["id"]) == (
        *("1h", told[0]["entered_at"], told[0]["id"]),
    )


def test_of_who_was_merged_into_a_contact_without_state_the_merge_is_told(tmp_path: Path) -> None:
    """The merge made nothing: neither of the two had done anything by then."""
    file, events = tmp_path / "rules.yaml", tmp_path / "events.ndjson"
    file.write_text(RULES)
    events.write_text(json.dumps(MERGE))
    never = "ann was never seen by 2026-11-21T13:20:00.000Z, or erased"

    def told(*asked: str) -> str:
        done = streamseg(tmp_path, "why", *asked, "--rules", file, "--from-file", events)
        assert done.returncode == 1
        return done.stderr.decode().strip()

    for segment in ([], ["keen"]):
        assert told("guest", *segment) == f"streamseg: guest was merged into ann: {never}"
        assert told("ann", *segment) == f"streamseg: {never}"
    before = told("guest", "keen", "--at", "2026-11-21T11:00:00Z")
    assert before == "streamseg: no event of guest by then was read"
