"""The past of a contact by its own events, where older ones are gone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from streamseg.core.outcomes import ProductChange
from streamseg.explain.answers import Change, WhyAnswer
from streamseg.explain.past import past_of_records, products_of
from streamseg.explain.rendering import contact_lines, why_lines
from streamseg.explain.why import NotAskedError
from streamseg.formats.canonical import decode
from streamseg.rules import parse_rules

T0 = 1_795_255_200_000
DAY = 86_400_000
RULES = parse_rules("""\
version: 1
segments:
- {name: silent, when: {not: {did: order_placed, within: 30d}}, trigger: {}}
- {name: back, use: back_in_stock}
""")


def event(kind: str, at: int, **data: Any) -> Any:
    return decode(json.dumps({"type": kind, "contact": "ann", "time": at, "data": data}).encode())


def truth(at: int, history_from: int | None) -> str:
    past = past_of_records(RULES, [event("session_started", T0)], [], at, 0, history_from)
    answer = past.why(RULES, "silent", None)
    assert answer.tree.parts[0].known_from == answer.history_from
    return answer.truth


def test_what_reaches_before_the_oldest_record_is_unknown_and_not_guessed() -> None:
    assert truth(T0 + DAY, None) == "true"  # there was nothing before
    assert truth(T0 + DAY, T0 - 10 * DAY) == "unknown"
    assert truth(T0 + 20 * DAY - 1, T0 - 10 * DAY) == "unknown"
    assert truth(T0 + 20 * DAY, T0 - 10 * DAY) == "true"  # the window holds only what is known


ASKED = {
    "label": ("when: {tier: vip}", None),
    "scores": ("when: {rfm: {recency: {gte: 2}}}", None),
    "moved": ("use: tier_moved", None),
    "favourite": ("when: {favourite: {of: brand, is: acme}}", None),
    "price drop": ("per: product, when: {product: {price_drop: {gte: 10%}}}", "p"),
    "cart": ("when: {cart: {items: {gte: 1}}}", None),
    "parts": ("when: {any: [{idle: any, for: 1d}, {idle: any, for: 9d}]}", None),
}


@pytest.mark.parametrize(("condition", "key"), ASKED.values(), ids=ASKED)
def test_each_condition_says_from_when_on_what_it_asks_is_known(
    condition: str, key: str | None
) -> None:
    rules = parse_rules(f"""\
version: 1
value:
  orders: {{currency: EUR}}
  tier: {{of: orders, tiers: {{vip: 2}}}}
  rfm: {{buyers: {{monetary: [500, 1500, 4000, 12000]}}}}
  favourites: {{brand: {{of: brand, over: [product_viewed], half_life: 30d}}}}
segments: [{{name: asked, {condition}}}]
""")
    events = [event("product_viewed", T0, product="p", brand="acme", price=5)]
    past = past_of_records(rules, events, [], T0 + DAY, 0, T0 - DAY)
    answer = past.why(rules, "asked", key)
    for part in answer.tree.parts or [answer.tree]:
        assert part.known_from == answer.history_from
    assert not answer.tree.parts or answer.tree.known_from is None


def test_whether_a_label_moved_before_the_oldest_record_is_unknown() -> None:
    rules = parse_rules("""\
version: 1
value: {tier: {of: orders, tiers: {vip: 2}}}
segments: [{name: moved, use: tier_moved}]
""")
    viewed = [event("product_viewed", T0, product="p")]

    def truth_of(events: list[Any], history_from: int | None) -> str:
        past = past_of_records(rules, events, [], T0 + 3 * DAY, 0, history_from)
        return past.why(rules, "moved", None).truth

    assert truth_of(viewed, T0 - DAY) == "unknown"
    assert truth_of(viewed, None) == "false"
    ordered = [event("order_placed", T0 + n, order=str(n)) for n in (1, 2)]
    assert truth_of([*viewed, *ordered], T0 - DAY) == "unknown"  # vip, perhaps for long
    assert truth_of([*viewed, *ordered], None) == "true"


def test_a_change_of_a_product_comes_before_an_event_of_the_same_time() -> None:
    changes = [
        ProductChange("p", T0, 1, stock=0, stock_time=T0),
        ProductChange("p", T0 + DAY, 2, stock=5, stock_time=T0 + DAY),
    ]
    viewed = [event("product_viewed", T0 + 1, product="p")]
    assert products_of(viewed) == {"p"}
    past = past_of_records(RULES, viewed, changes, T0 + 2 * DAY, 0, None)
    assert past.why(RULES, "back", "p").truth == "true"
    assert [one.key for one in past.describe().segments if one.segment == "back"] == ["p"]


def test_without_events_there_is_no_answer() -> None:
    with pytest.raises(NotAskedError, match="no event of the contact is left"):
        past_of_records(RULES, [], [], T0, 0, None)


def test_f20_who_was_merged_into_the_contact_is_said_to_be_missing() -> None:
    merged = event("contact_merged", T0 + 5, **{"from": "guest"})
    past = past_of_records(RULES, [event("session_started", T0), merged], [], T0 + DAY, 0, None)
    (note,) = past.why(RULES, "silent", None).notes
    assert note.startswith("guest was merged into it at 2026-11-21T10:00:00.005Z")


def test_what_is_next_of_a_label_s_moves_is_told_of_who_asks_about_them() -> None:
    rules = parse_rules("""\
version: 1
value: {lifecycle: {at_risk: 90d, lost: 365d}}
segments: [{name: moved, use: lifecycle_moved}, {name: quiet, use: inactivity, with: {after: 40d}}]
""")
    past = past_of_records(rules, [event("order_placed", T0, order="o")], [], T0 + DAY, 0, None)
    due = past.describe().next
    assert due is not None
    assert (due.at, due.segments) == ("2026-12-21T10:00:00.000Z", ["moved"])  # new no more


LONG_RULES = """\
version: 1
value:
  tier: {of: orders, tiers: {vip: 2}}
  rfm: {buyers: {monetary: [500, 1500, 4000, 12000]}}
segments:
- {name: yearly, use: anniversary, with: {of: {attribute: birthday}, offset: [-7d, 1d]}}
- {name: viewed, when: {did: product_viewed}}
- {name: asks, when: {in_segment: quiet}}
- {name: quiet, use: inactivity, with: {after: 30d}}
- {name: vip, when: {tier: vip}}
- {name: moved, use: tier_moved}
- {name: best, when: {rfm: {segment: champions}}}
"""


def asked(segment: str) -> WhyAnswer:
    events = [
        event("contact_updated", T0, birthday="1990-12-01"),
        event("product_viewed", T0 + 1, product="p"),
        event("order_placed", T0 + 2, order="o"),
    ]
    rules = parse_rules(LONG_RULES)
    return past_of_records(rules, events, [], T0 + 3, 0, None).why(rules, segment, None)


def test_what_time_alone_never_changes_has_nothing_next_whatever_else_there_is() -> None:
    assert [one.next for one in asked("viewed").rungs] == [None]
    assert [one.next for one in asked("vip").rungs] == [None]
    assert [one.next for one in asked("best").rungs] == [None]  # after some that change nothing
    assert [one.next for one in asked("moved").rungs] == [None]
    (rung,) = asked("asks").rungs  # by the other one
    assert rung.next == Change("2026-12-21T10:00:00.002Z", "true")


def test_a_person_reads_figures_and_days_and_no_notation() -> None:
    assert "tier name none, orders 1" in "\n".join(why_lines(asked("vip")))
    assert asked("yearly").tree.asks == "7 days before an anniversary of birthday"


def test_attributes_of_several_values_are_shown_as_a_list() -> None:
    updated = event("contact_updated", T0, tags=["a", "b"])
    rules = parse_rules(
        "version: 1\nsegments: [{name: tagged, when: {attribute: tags, contains: a}}]"
    )
    past = past_of_records(rules, [updated], [], T0, 0, None)
    assert "  attribute tags a, b" in contact_lines(past.describe())
