"""`streamseg why` by files of events: what a person is told, now and of the past."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from streamseg.rules import parse_rules

from .command import streamseg

RULES = """\
version: 1
segments:
- {name: cart_left, use: abandoned_cart, with: {after: 1h}, trigger: {cooldown: 7d}}
- {name: quiet, use: inactivity, with: {after: [30d, 60d]}}
- {name: back, use: back_in_stock}
- name: keen
  when:
    all:
      - {did: product_viewed, at_least: 2, within: 1d}
      - {not: {did: order_placed}}
      - {in_segment: cart_left}
"""
EVENTS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("10:00", "cart_item_added", "ann", {"product": "p", "price": 199}),
    ("10:20", "product_viewed", "ann", {"product": "p"}),
    ("10:30", "product_viewed", "ann", {"product": "p"}),
    ("12:00", "searched", "bob", {"query": "bags"}),
]


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    rules, events = tmp_path / "rules.yaml", tmp_path / "events.ndjson"
    rules.write_text(RULES)
    lines = [
        json.dumps({"type": kind, "contact": who, "time": f"2026-11-21T{at}:00Z", "data": data})
        for at, kind, who, data in EVENTS
    ]
    events.write_text("\n".join(lines))
    return ["--rules", str(rules), "--from-file", str(events)]


def told(*arguments: str) -> str:
    result = streamseg(Path(), "why", *arguments)
    assert result.returncode == 0, result.stderr
    return result.stdout.decode()


def test_a_person_reads_what_is_and_what_is_next(files: list[str]) -> None:
    assert told("ann", "cart_left", "--at", "2026-11-21T10:45:00Z", *files).splitlines() == [
        (
            "ann is not in cart_left (1h) at 2026-11-21 10:45:00; enters at 2026-11-21 11:00:00 if "
            "nothing happens"
        ),
        (
            "✗ cart is open, unchanged for 1h  items 1, total 199, opened 2026-11-21 10:00:00, "
            "changed 2026-11-21 10:00:00   "
            "true from 2026-11-21 11:00:00"
        ),
        "last trigger  never fired",
    ]


def test_a_trigger_that_fired_holds_the_next_one_back(files: list[str]) -> None:
    lines = told("ann", "cart_left", *files).splitlines()
    assert lines[0] == (
        "ann is in cart_left (1h) at 2026-11-21 12:00:00, since 2026-11-21 11:00:00 by time; "
        "leaves at 2026-12-01 10:00:00 if nothing happens"
    )
    assert lines[-2:] == [
        "last trigger  2026-11-21 11:00:00 (1h), 1 in all  c4fb9719abeff9313e9cdd35949de8c8",
        (
            "held back     the next would be, by cooldown until 2026-11-28 11:00:00: it fired at "
            "2026-11-21 11:00:00"
        ),
    ]


def test_each_part_is_told_with_what_it_saw(files: list[str]) -> None:
    answer = json.loads(told("ann", "keen", "--json", *files))
    assert answer["truth"] == "true"
    count, order, inside = answer["tree"]["parts"]
    seen = {"count_at_least": 2, "last_at": "2026-11-21T10:30:00.000Z"}  # two are remembered
    assert (count["part"], count["saw"], count["since"]) == ("did", seen, None)
    assert count["next"] == {"at": "2026-11-22T10:20:00.000Z", "to": "false"}
    assert (order["part"], order["parts"][0]["truth"]) == ("not", "false")
    assert inside["saw"] == {"segment": "cart_left", "entered_at": "2026-11-21T11:00:00.000Z"}
    assert answer["rungs"][0]["entered_at"] == "2026-11-21T11:00:00.000Z"


def test_of_a_ladder_the_rung_that_comes_next_is_told(files: list[str]) -> None:
    answer = json.loads(told("ann", "quiet", "--at", "2026-12-25T00:00:00Z", "--json", *files))
    assert [(one["rung"], one["truth"]) for one in answer["rungs"]] == [
        *(("30d", "true"), ("60d", "false"))
    ]
    assert answer["rung"] == "60d"
    assert answer["rungs"][1]["next"] == {"at": "2027-01-20T10:30:00.000Z", "to": "true"}


def test_what_fired_is_told_of_all_rungs(tmp_path: Path) -> None:
    rules, events = tmp_path / "rules.yaml", tmp_path / "events.ndjson"
    rules.write_text(
        """\
version: 1
segments:
- {name: left, use: abandoned_cart, with: {after: [1h, 24h]}}
- name: birthday
  use: anniversary
  with: {of: {attribute: birthday}, offset: [-7d, 0d]}
  membership: true
"""
    )
    cart = {"type": "cart_item_added", "contact": "ann", "time": "2026-11-21T10:00:00Z"}
    born = {"type": "contact_updated", "contact": "ann", "time": "2026-11-20T10:00:00Z"}
    lines = [born | {"data": {"birthday": "1990-12-05"}}, cart | {"data": {"product": "p"}}]
    events.write_text("\n".join(map(json.dumps, lines)))
    options = ["--rules", str(rules), "--from-file", str(events)]
    first, *_, last, note = told(
        "ann", "left", "--at", "2026-11-21T12:00:00Z", *options
    ).splitlines()
    assert "as if nothing happens" in note
    assert first.startswith("ann is not in left (24h)")
    assert first.endswith("; enters at 2026-11-22 10:00:00 if nothing happens; is in (1h)")
    assert last.startswith("last trigger  2026-11-21 11:00:00 (1h), 1 in all  ")

    def shown(at: str) -> str:
        return told("ann", "birthday", "--at", at, *options).splitlines()[0]

    assert shown("2026-12-05T12:00:00Z").startswith(
        "ann is in birthday (0d) at 2026-12-05 12:00:00, since 2026-12-05 00:00:00 by time; "
        "leaves at "
    )
    assert shown("2026-12-01T12:00:00Z").startswith(
        "ann is not in birthday (0d) at 2026-12-01 12:00:00; enters at 2026-12-05 00:00:00"
    )


def test_of_an_instant_rule_the_event_is_named_at_which_it_fires(tmp_path: Path) -> None:
    rules, events = tmp_path / "rules.yaml", tmp_path / "events.ndjson"
    rules.write_text(
        """\
version: 1
segments:
- {name: searches, on: searched, where: {query: bags}}
- {name: buys, on: order_placed, when: {not: {did: product_viewed, within: 1h}}}
"""
    )
    event = {"type": "product_viewed", "contact": "ann", "time": "2026-11-21T10:00:00Z"}
    events.write_text(json.dumps(event | {"data": {"product": "p"}}))
    options = ["--rules", str(rules), "--from-file", str(events)]
    assert told("ann", "searches", *options).splitlines() == [
        "ann: searches would fire at searched with query = bags, as of 2026-11-21 10:00:00",
        "last trigger  never fired",
    ]
    assert told("ann", "buys", *options).splitlines()[0] == (
        "ann: buys would not fire at order_placed, as of 2026-11-21 10:00:00"
    )


def test_a_contact_is_told_in_a_few_lines(files: list[str]) -> None:
    lines = told("ann", *files).splitlines()
    assert lines[0] == "ann at 2026-11-21 12:00:00"
    assert lines[1].split() == ["in", "cart_left", "1h", "since", "2026-11-21", "11:00:00"]
    assert lines[-1] == "  cart of p, changed 2026-11-21 10:00:00"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nobody", "keen"], "no event of nobody by then was read"),
        (["an", "keen"], "there are ann"),
        (["ann", "keem"], "the rules have no segment keem; did you mean keen?"),
        (["ann", "back"], "back holds per product: name a key; remembered: p"),
        (["ann", "keen", "--key", "p"], "keen has no keys"),
        (["ann", "keen", "--at", "2026-11-21T09:00:00Z"], "no event of ann by then"),
    ],
)
def test_what_has_no_answer_says_why(files: list[str], arguments: list[str], words: str) -> None:
    result = streamseg(Path(), "why", *arguments, *files)
    assert result.returncode == 1
    assert words in result.stderr.decode()


def test_a_key_that_is_not_remembered_is_said(files: list[str]) -> None:
    assert "nothing is remembered of q" in told("ann", "back", "--key", "q", *files)


def test_what_a_policy_holds_back_is_told_with_its_end(tmp_path: Path) -> None:
    rules, events = tmp_path / "rules.yaml", tmp_path / "events.ndjson"
    rules.write_text("""\
version: 1
policies:
  zone: {default: UTC}
  quiet: {from: 22:00, to: 08:00}
  consent: {email: {grant: consent.email, channel: email}}
segments:
- {name: cart_left, use: abandoned_cart, policy: {consent: [email]}}
""")
    records = [
        ("contact_updated", "20:00", {"consent": {"email": True}}),
        ("cart_item_added", "21:30", {"product": "p"}),
    ]
    lines = [
        json.dumps({"type": kind, "contact": "ann", "time": f"2026-11-21T{at}:00Z", "data": data})
        for kind, at, data in records
    ]
    events.write_text("\n".join(lines))
    files = ["--rules", str(rules), "--from-file", str(events)]
    answer = json.loads(told("ann", "cart_left", "--at", "2026-11-21T23:00:00Z", "--json", *files))
    assert [(one["by"], one["until"]) for one in answer["trigger"]["holds"]] == [
        ("quiet_hours", "2026-11-22T08:00:00.000Z"),
        ("quiet_hours", "2026-11-22T08:00:00.000Z"),
    ]
    assert answer["trigger"]["holds"][0]["detail"] == (
        "the trigger of 2026-11-21 22:30:00 waits: it is night, or a day without messages, by the "
        "contact's clock"
    )
    answer = json.loads(told("ann", "cart_left", "--at", "2026-11-21T21:45:00Z", "--json", *files))
    assert answer["trigger"]["holds"] == []  # it is not night yet
    answer = json.loads(told("ann", "cart_left", "--at", "2026-11-22T09:00:00Z", "--json", *files))
    assert (answer["trigger"]["fired"], answer["trigger"]["holds"]) == (1, [])


def test_f20_a_merged_contact_is_followed_and_has_what_the_other_did(tmp_path: Path) -> None:
    rules, events = tmp_path / "rules.yaml", tmp_path / "events.ndjson"
    rules.write_text(RULES)
    lines = [
        ("10:00", "cart_item_added", "guest", {"product": "p", "price": 199}),
        ("10:30", "contact_merged", "ann", {"from": "guest"}),
        ("12:00", "searched", "bob", {"query": "bags"}),
    ]
    events.write_text(
        "\n".join(
            json.dumps({"type": kind, "contact": who, "time": f"2026-11-21T{at}:00Z", "data": data})
            for at, kind, who, data in lines
        )
    )
    given = ["--rules", str(rules), "--from-file", str(events)]
    for who in ("guest", "ann"):
        said = told(who, "cart_left", *given)
        assert said.startswith("ann is in cart_left (1h) at ")
        assert ("who was asked for is ann now" in said) == (who == "guest")
    assert "(who was asked for was merged into them)" in told("guest", *given).splitlines()[0]
    before = told("guest", "cart_left", *given, "--at", "2026-11-21T10:20:00Z")
    assert before.startswith("guest is not in cart_left")


OF_QUANTILES = """\
version: 1
value:
  tables: {least: 3, drift: 0}
  rfm:
    buyers: {monetary: {quantiles: 5, fallback: [10, 20, 30, 40]}}
segments:
- {name: rich, when: {rfm: {monetary: {gte: 3}}}}
"""


def test_by_files_quantile_tables_are_made_of_them_or_given(tmp_path: Path) -> None:
    rules, events, tables = (tmp_path / name for name in ("r.yaml", "e.ndjson", "t.ndjson"))
    rules.write_text(OF_QUANTILES)
    spent = [("ann", 35), ("bob", 300), ("cid", 400), ("dan", 500)]
    lines = [
        json.dumps(
            {
                "type": "order_placed",
                "contact": who,
                "time": "2026-11-21T10:00:00Z",
                "data": {"order": who, "total": total},
            }
        )
        for who, total in spent
    ]
    tick = {"type": "page_viewed", "contact": "bob", "time": "2026-12-05T10:00:00Z"}
    events.write_text("\n".join([*lines, json.dumps(tick)]))
    made = {
        "of": parse_rules(OF_QUANTILES).tabled["rfm.buyers"].counts,
        "made_at": "2026-11-23T04:00:00.000Z",
        "contacts": 9,
        "cuts": {"monetary": [10, 15, 20, 25]},
        "reached": {"monetary": [8, 6, 4, 2]},
    }
    said = {
        "type": "tables.made",
        "boundary": "2026-11-23T04:00:00.000Z",
        "effective": "2026-11-23T04:01:00.000Z",
        "tables": {"rfm.buyers": made},
    }
    tables.write_text(json.dumps(said))
    files = ["ann", "rich", "--rules", str(rules), "--from-file", str(events)]
    assert told(*files, "--at", "2026-11-22T00:00:00Z").startswith("ann is in rich")
    assert told(*files).startswith("ann is not in rich")  # all others have spent more
    assert told(*files, "--tables", str(tables)).startswith("ann is in rich")
    alone = streamseg(Path(), "why", "ann", "rich", "--tables", str(tables))
    assert (alone.returncode, b"--from-file" in alone.stderr) == (2, True)


@pytest.mark.parametrize(
    ("who", "at", "saw"),
    [
        ("bob", "11:00", "stock 0, restocked none, interest 10:00, ordered none"),
        ("bob", "14:00", "stock 5, restocked 12:00, interest 10:00, ordered none"),
        ("ann", "14:00", "stock 5, restocked 12:00, interest 10:00, ordered 10:30"),
        ("joe", "14:00", "stock 5, restocked 12:00, interest 13:00, ordered none"),
    ],
)
def test_who_waits_who_has_ordered_and_who_came_late_are_told_apart(
    tmp_path: Path, who: str, at: str, saw: str
) -> None:
    rules, events = tmp_path / "rules.yaml", tmp_path / "events.ndjson"
    rules.write_text("version: 1\nsegments:\n- {name: back, use: back_in_stock}\n")
    drawn: list[dict[str, Any]] = [
        {"type": "stock_changed", "product": "hat", "time": "09:00", "data": {"quantity": 0}},
        *(
            {"type": "product_viewed", "contact": one, "time": hour, "data": {"product": "hat"}}
            for one, hour in (("bob", "10:00"), ("ann", "10:00"), ("joe", "13:00"))
        ),
        {
            "type": "order_placed",
            "contact": "ann",
            "time": "10:30",
            "data": {"order": "o", "items": [{"product": "hat"}]},
        },
        {"type": "stock_changed", "product": "hat", "time": "12:00", "data": {"quantity": 5}},
    ]
    drawn.sort(key=lambda one: str(one["time"]))
    lines = [json.dumps({**one, "time": f"2026-11-21T{one['time']}:00Z"}) for one in drawn]
    events.write_text("\n".join(lines))
    options = ["--rules", str(rules), "--from-file", str(events), "--key", "hat"]
    text = told(who, "back", "--at", f"2026-11-21T{at}:00Z", *options)
    assert saw in text.replace("2026-11-21 ", "").replace(":00,", ",").replace(":00 ", " ")


def test_a_trigger_of_a_rung_that_waits_for_late_events_is_said_beside_the_next(
    tmp_path: Path,
) -> None:
    rules, events = tmp_path / "rules.yaml", tmp_path / "events.ndjson"
    rules.write_text(RULES.replace("{after: 1h}", "{after: [1h, 24h]}"))
    cart = {"type": "cart_item_added", "contact": "ann", "time": "2026-11-21T10:00:00Z"}
    tick = {"type": "page_viewed", "contact": "bob", "time": "2026-11-21T12:00:00Z"}
    events.write_text(json.dumps(cart | {"data": {"product": "p"}}) + "\n" + json.dumps(tick))
    options = ["--rules", str(rules), "--from-file", str(events), "--lateness", "5s"]
    lines = told("ann", "cart_left", "--at", "2026-11-21T11:00:03Z", *options).splitlines()
    assert lines[0].startswith("ann is not in cart_left (24h)")
    assert "waits         for late events; told at 2026-11-21 11:00:05" in lines
    assert "last trigger  never fired" in lines


def test_a_rung_that_had_its_turn_in_the_episode_says_that_it_fires_no_more(tmp_path: Path) -> None:
    rules, events = tmp_path / "rules.yaml", tmp_path / "events.ndjson"
    rules.write_text(
        "version: 1\nsegments:\n- {name: left, use: abandoned_cart, with: {after: [1h, 24h]}}\n"
    )
    cart = {"type": "cart_item_added", "contact": "ann"}
    lines = [
        cart | {"time": f"2026-11-21T{at}:00Z", "data": {"product": product}}
        for at, product in (("10:00", "p"), ("12:00", "q"))
    ]
    events.write_text("\n".join(map(json.dumps, lines)))
    options = ["--rules", str(rules), "--from-file", str(events)]

    def notes(at: str) -> list[str]:
        answer = json.loads(told("ann", "left", "--at", f"2026-11-{at}:00Z", "--json", *options))
        return [note for note in answer["notes"] if "files end" not in note]

    once = "1h fires once in an episode, and had its turn in that of 2026-11-21 10:00:00: "
    assert notes("21T10:30") == []
    assert notes("21T11:30") == []  # it has just fired, in this stay
    assert notes("21T12:30") == [f"{once}the entry at 2026-11-21 13:00:00 fires nothing"]
    assert notes("21T13:30") == [f"{once}the entry at 2026-11-21 13:00:00 fired nothing"]
    assert notes("22T12:30") == [
        f"{once}the entry at 2026-11-21 13:00:00 fired nothing"
    ]  # 24h fired


def test_what_fires_once_for_a_contact_says_that_it_has_fired(tmp_path: Path) -> None:
    rules, events = tmp_path / "rules.yaml", tmp_path / "events.ndjson"
    rules.write_text(
        "version: 1\nsegments:\n- {name: hello, use: welcome, when: {attribute: city, eq: Lviv}}\n"
    )
    lines = [
        {
            "type": "contact_updated" if city else "page_viewed",
            "contact": "ann",
            "time": f"2026-11-21T{at}:00Z",
            "data": {"city": city},
        }
        for at, city in (("10:00", None), ("10:10", "Lviv"), ("10:20", "Kyiv"), ("10:30", "Lviv"))
    ]
    events.write_text("\n".join(map(json.dumps, lines)))
    options = ["--rules", str(rules), "--from-file", str(events)]
    assert "note" not in told("ann", "hello", "--at", "2026-11-21T10:15:00Z", *options)
    assert told("ann", "hello", *options).splitlines()[-1] == (
        "note          0s fires once for a contact, and has fired: the entry at "
        "2026-11-21 10:30:00 fired nothing"
    )
