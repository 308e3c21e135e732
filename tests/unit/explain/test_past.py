"""The past of a contact by its own events, where older ones are gone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from types import SimpleNamespace
from typing import Any

import pytest

from streamseg.core.messages.outcomes import ProductChange
from streamseg.core.tables.mail import Table, TableSet
from streamseg.explain.answers import Change, WhyAnswer
from streamseg.explain.past import Past, Playing, products_of
from streamseg.explain.rendering import contact_lines, why_lines
from streamseg.explain.why import NotAskedError
from streamseg.formats.canonical import decode
from streamseg.formats.tables import encode_tables
from streamseg.kafka.partitioning import partition_of
from streamseg.rules import parse_rules
from streamseg.settings import Settings
from streamseg.stream.history import AT_ONCE, History

T0 = 1_795_255_200_000
DAY = 86_400_000
RULES = parse_rules("""\
version: 1
segments:
- {name: silent, when: {not: {did: order_placed, within: 30d}}, trigger: {}}
- {name: back, use: back_in_stock}
""")


def past_of_records(*given: Any, **more: Any) -> Past:
    """All played at once."""
    playing = Playing(*given, **more)
    while playing.play(1_000):
        pass
    return playing.past()


def event(kind: str, at: int, **data: Any) -> Any:
    return decode(json.dumps({"type": kind, "contact": "ann", "time": at, "data": data}).encode())


def truth(at: int, history_from: int | None) -> str:
    past = past_of_records(RULES, "ann", [event("session_started", T0)], [], at, 0, history_from)
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
    past = past_of_records(rules, "ann", events, [], T0 + DAY, 0, T0 - DAY)
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
        past = past_of_records(rules, "ann", events, [], T0 + 3 * DAY, 0, history_from)
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
    past = past_of_records(RULES, "ann", viewed, changes, T0 + 2 * DAY, 0, None)
    assert past.why(RULES, "back", "p").truth == "true"
    assert [one.key for one in past.describe().segments if one.segment == "back"] == ["p"]


def test_without_events_there_is_no_answer() -> None:
    with pytest.raises(NotAskedError, match="no event of the contact is left"):
        past_of_records(RULES, "ann", [], [], T0, 0, None)


class Topics:
    """Stands for a scan of topics; ``records`` by topic and partition."""

    def __init__(self, records: dict[tuple[str, int], list[Any]], first: int = 0) -> None:
        self.records = records
        self.complete = True
        self.is_up = False
        self.first = dict.fromkeys(records, first)

    async def read(self, tps: list[Any]) -> AsyncGenerator[list[Any], None]:
        for tp in tps:
            yield self.records.get((tp.topic, tp.partition), [])


def topics_of(*events: dict[str, Any], first: int = 0) -> Topics:
    records: dict[tuple[str, int], list[Any]] = {}
    for number, one in enumerate(events):
        key = one["contact"].encode()
        place = "streamseg.events", partition_of(key, 16)
        record = SimpleNamespace(
            topic=place[0],
            partition=place[1],
            offset=number,
            key=key,
            value=json.dumps(one).encode(),
            timestamp=one["time"],
        )
        records.setdefault(place, []).append(record)
    return Topics(records, first)


def past_of(topics: Topics, contact: str, at: int) -> Past:
    history = History(Settings(), RULES_OF_VIEWS, partition_of(contact.encode(), 16), 16)
    return asyncio.run(history.past(contact, at, topics))  # type: ignore[arg-type]


RULES_OF_VIEWS = parse_rules("""\
version: 1
segments: [{name: keen, when: {did: product_viewed, at_least: 4}, trigger: {}}]
""")


OF_QUANTILES = parse_rules("""\
version: 1
value:
  tables: {least: 1}
  rfm:
    buyers: {monetary: {quantiles: 5, fallback: [10, 20, 30, 40]}}
segments: [{name: rich, when: {rfm: {monetary: {gte: 3}}}}]
""")


def tables_from(effective: int, *cuts: int) -> TableSet:
    of = OF_QUANTILES.tabled["rfm.buyers"].counts
    table = Table(of, effective - DAY, 500, {"monetary": [*cuts]}, {"monetary": [400] * 4})
    return TableSet(effective - DAY, effective, {"rfm.buyers": table})


def test_quantile_tables_that_workers_made_hold_from_their_instants_on() -> None:
    order = {"type": "order_placed", "contact": "ann", "time": T0}
    topics = topics_of(order | {"data": {"order": "o1", "total": 25}})
    place = "streamseg.tables", 0
    topics.records[place] = [
        SimpleNamespace(value=encode_tables(one)[1])
        for one in (tables_from(T0 + 9 * DAY, 5, 10, 15, 20), tables_from(T0 + DAY, 20, 30, 40, 50))
    ]
    topics.first[place] = 0

    def is_rich(at: int) -> bool:
        history = History(Settings(), OF_QUANTILES, partition_of(b"ann", 16), 16)
        past = asyncio.run(history.past("ann", at, topics))  # type: ignore[arg-type]
        return past.why(OF_QUANTILES, "rich", None).truth == "true"

    found = [is_rich(T0 + DAY - 1), is_rich(T0 + DAY + 5_000), is_rich(T0 + 9 * DAY + 5_000)]
    assert found == [True, False, True]


def test_of_one_contact_alone_no_quantile_table_is_made() -> None:
    order = {"type": "order_placed", "contact": "ann", "time": T0}
    topics = topics_of(order | {"data": {"order": "o1", "total": 25}})
    history = History(Settings(), OF_QUANTILES, partition_of(b"ann", 16), 16)
    past = asyncio.run(history.past("ann", T0 + 20 * DAY, topics))  # type: ignore[arg-type]
    assert past.why(OF_QUANTILES, "rich", None).truth == "true"


def view(contact: str, at: int) -> dict[str, Any]:
    return {"type": "product_viewed", "contact": contact, "time": at, "data": {"product": "p"}}


def merge(into: str, source: str, at: int) -> dict[str, Any]:
    return {"type": "contact_merged", "contact": into, "time": at, "data": {"from": source}}


def test_f20_the_past_has_the_events_of_all_who_were_merged_into_the_contact() -> None:
    topics = topics_of(
        view("cookie", T0),
        view("guest", T0 + 1),
        merge("guest", "cookie", T0 + 2),
        view("ann", T0 + 3),
        merge("ann", "guest", T0 + 4),
        view("cookie", T0 + 5),
        view("stranger", T0 + 6),
    )
    for at, seen in [(T0 + 3, 1), (T0 + 4, 3), (T0 + 5, 4)]:
        answer = past_of(topics, "ann", at).why(RULES_OF_VIEWS, "keen", None)
        figure = "count" if seen < 4 else "count_at_least"
        assert (answer.tree.saw[figure], answer.contact) == (seen, "ann")
        assert (answer.truth, answer.notes) == ("true" if seen == 4 else "false", [])


def test_f20_before_the_merge_the_other_contact_was_one_of_its_own() -> None:
    topics = topics_of(view("guest", T0), view("ann", T0 + 1), merge("ann", "guest", T0 + 2))
    answer = past_of(topics, "guest", T0 + 1).why(RULES_OF_VIEWS, "keen", None)
    assert (answer.contact, answer.tree.saw["count"]) == ("guest", 1)


def test_who_asks_for_a_long_past_keeps_nobody_waiting() -> None:
    topics = topics_of(*(view("ann", T0 + number) for number in range(1_000)))
    history = History(Settings(), RULES_OF_VIEWS, partition_of(b"ann", 16), 16)

    async def course() -> int:
        turns = 0
        asked = asyncio.ensure_future(history.past("ann", T0 + 2_000, topics))  # type: ignore[arg-type]
        while not asked.done():
            turns += 1
            await asyncio.sleep(0)
        assert (await asked).why(RULES_OF_VIEWS, "keen", None).truth == "true"
        return turns

    assert asyncio.run(course()) >= 1_000 / AT_ONCE


def test_of_several_partitions_what_is_known_of_all_begins_with_the_one_cut_last() -> None:
    topics = topics_of(
        view("guest", T0), view("ann", T0 + 3), merge("ann", "guest", T0 + 4), first=7
    )
    answer = past_of(topics, "ann", T0 + 5).why(RULES_OF_VIEWS, "keen", None)
    assert answer.history_from == "2026-11-21T10:00:00.003Z"
    assert answer.truth == "unknown"


def test_what_is_next_of_a_label_s_moves_is_told_of_who_asks_about_them() -> None:
    rules = parse_rules("""\
version: 1
value: {lifecycle: {at_risk: 90d, lost: 365d}}
segments: [{name: moved, use: lifecycle_moved}, {name: quiet, use: inactivity, with: {after: 40d}}]
""")
    past = past_of_records(
        rules, "ann", [event("order_placed", T0, order="o")], [], T0 + DAY, 0, None
    )
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
    return past_of_records(rules, "ann", events, [], T0 + 3, 0, None).why(rules, segment, None)


def test_what_time_alone_never_changes_has_nothing_next_whatever_else_there_is() -> None:
    assert [one.next for one in asked("viewed").rungs] == [None]
    assert [one.next for one in asked("vip").rungs] == [None]
    assert [one.next for one in asked("best").rungs] == [None]  # after some that change nothing
    assert [one.next for one in asked("moved").rungs] == [None]
    (rung,) = asked("asks").rungs  # by the other one
    assert rung.next == Change("2026-12-21T10:00:00.002Z", "true")


def test_a_person_reads_figures_and_days_and_no_notation() -> None:
    assert "tier is vip  name none, orders 1" in "\n".join(why_lines(asked("vip")))
    assert asked("yearly").tree.asks == "7 days before an anniversary of birthday"


def test_attributes_of_several_values_are_shown_as_a_list() -> None:
    updated = event("contact_updated", T0, tags=["a", "b"])
    rules = parse_rules(
        "version: 1\nsegments: [{name: tagged, when: {attribute: tags, contains: a}}]"
    )
    past = past_of_records(rules, "ann", [updated], [], T0, 0, None)
    assert "  attribute tags a, b" in contact_lines(past.describe())


def test_a_contact_without_a_segment_says_too_from_when_on_it_is_known() -> None:
    topics = topics_of(view("ann", T0), view("ann", T0 + 3), first=7)
    past = past_of(topics, "ann", T0 + 5)
    described = past.describe()
    assert described.history_from == "2026-11-21T10:00:00.000Z"
    assert described.history_from == past.why(RULES_OF_VIEWS, "keen", None).history_from
    assert contact_lines(described)[-1] == "  history replayed from 2026-11-21 10:00:00 on"


def test_a_contact_whose_whole_history_is_there_says_nothing_of_it() -> None:
    described = past_of(topics_of(view("ann", T0)), "ann", T0 + 5).describe()
    assert described.history_from is None
    assert not any("history" in line for line in contact_lines(described))
