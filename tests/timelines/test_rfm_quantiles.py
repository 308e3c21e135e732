"""RFM cut by quantiles: a table each Monday at four, and whom it moves."""

from collections.abc import Sequence
from typing import Any

import pytest

from streamseg.core.tables.mail import Table, TableSet
from streamseg.core.values.timestamps import parse_time
from streamseg.rules import parse_rules
from tests.replaying import ReplayResult, run_replay

from .by_date import rfc, show

MONDAY = "2026-01-12T04:00"
VALUE = """
version: 1
value:
  tables: {least: 100}
  rfm:
    buyers: {monetary: {quantiles: 5, fallback: [50, 100, 250, 1000]}}
"""
RICH = "- {name: rich, when: {rfm: {monetary: {gte: 3}}}, membership: true}"
# What a hundred customers spent. 80 of them reach 50, as they should; 65 reach 100, where 60
# should, 45 reach 250 (40) and 15 reach 1000 (20). So three cuts change, to 120, 260 and 900.
SPENT = {
    10: 20,
    60: 15,
    110: 5,  # c35 to c39
    130: 15,
    250: 5,  # c55 to c59
    500: 19,
    890: 1,
    900: 5,  # c80 to c84
    2000: 15,
}
TOTALS = [total for total, count in SPENT.items() for _ in range(count)]


def play(
    segments: str,
    *more: tuple[str, str, int],
    value: str = VALUE,
    lateness: str = "5s",
    totals: list[int] = TOTALS,
    views: Sequence[dict[str, Any]] = (),
) -> ReplayResult:
    """Customer `c0` and so on order for these totals on 6 January, half of it at noon and half an
    hour later; then come orders of `(time, contact, total)`, and views.
    """
    orders = [
        (f"2026-01-06T{hour}:00", f"c{number}", total // 2)
        for hour in (12, 13)
        for number, total in enumerate(totals)
    ]
    events = [
        {
            "type": "order_placed",
            "contact": contact,
            "time": rfc(time),
            "data": {"order": f"o{number}", "total": total},
        }
        for number, (time, contact, total) in enumerate([*orders, *more])
    ] + [*views]
    text = f"{value}segments:\n{segments}\n"
    runs = [
        run_replay(text, events, until=rfc("2026-01-18"), lateness=lateness, restart_every=every)
        for every in (None, 50, 1)[: 2 if len(totals) > 20 else 3]
    ]
    assert all(one.raw == runs[0].raw for one in runs), "a restart changed the output"
    return runs[0]


def moves(told: list[dict[str, Any]], contact: str) -> list[str]:
    return [
        f"{show(one['entered_at'])} {one['context']['from']} → {one['context']['to']}"
        for one in told
        if one["contact"] == contact
    ]


def stays(told: ReplayResult, contact: str) -> list[str]:
    found = []
    for one in told.membership:
        if one["contact"] == contact:
            is_entry = one["type"] == "segment.entered"
            time = show(one["entered_at" if is_entry else "exited_at"])
            found.append(f"{time} {'in' if is_entry else 'out'} {one['cause']}")
    return found


def test_13_a_table_cuts_otherwise_and_whom_that_moves_is_told_by_no_trigger() -> None:
    told = play(f"{RICH}\n- {{name: m, use: rfm_moved}}")
    in_by_order = "2026-01-06T13:00 in event"
    assert stays(told, "c35") == [in_by_order, f"{MONDAY} out table"]  # 110 are below 120
    assert stays(told, "c40") == [in_by_order]
    first = "2026-01-06T12:00 none → potential_loyalists"
    assert moves(told.triggers, "c80") == [first]  # and 900 reach the last cut


def test_13_a_segment_may_have_that_told() -> None:
    told = play("- {name: m, use: rfm_moved, on_table: fire}")
    first = "2026-01-06T12:00 none → potential_loyalists"
    assert moves(told.triggers, "c80") == [first, f"{MONDAY} potential_loyalists → champions"]
    assert moves(told.triggers, "c40") == [first]


def test_what_a_table_moved_is_not_told_once_it_has_settled() -> None:
    settled = "{name: m, use: rfm_moved, with: {to: champions, settle: 1d}, membership: true"
    quiet = play(f"- {settled}}}")
    assert moves(quiet.triggers, "c80") == []
    assert stays(quiet, "c80") == [f"{MONDAY} in table"]
    loud = play(f"- {settled}, on_table: fire}}")
    assert moves(loud.triggers, "c80") == ["2026-01-13T04:00 potential_loyalists → champions"]


VIEWS = [
    {"type": "page_viewed", "contact": "c80", "time": rfc(f"2026-01-{day}T12:00"), "data": {}}
    for day in (13, 16)
]


@pytest.mark.parametrize(("on_table", "told"), [("silent", []), ("fire", ["2026-01-13T12:00"])])
def test_what_a_table_moved_is_not_told_either_of_who_fits_only_later(
    on_table: str, told: list[str]
) -> None:
    """A new table makes c80 a champion on Monday; only on Tuesday, and again later, they fit."""
    seen = "when: {did: page_viewed, within: 1d}"
    segment = f"{{name: m, use: rfm_moved, with: {{to: champions}}, {seen}, on_table: {on_table}"
    found = play(f"- {segment}, membership: true}}", views=VIEWS)
    assert [one.rpartition(" ")[2] for one in stays(found, "c80")] == ["event", "time"] * 2
    assert [show(one["entered_at"]) for one in found.triggers if one["contact"] == "c80"] == told


def test_who_asks_about_such_a_segment_is_silent_too() -> None:
    rules = f"{RICH}\n- {{name: poor, when: {{not: {{in_segment: rich}}}}, trigger: {{}}}}"
    told = play(rules)
    fired = [one["entered_at"] for one in told.triggers if one["contact"] == "c35"]
    assert [show(one) for one in fired] == ["2026-01-06T12:00"]


def test_the_table_is_in_the_context_of_later_triggers() -> None:
    told = play("- {name: m, use: rfm_moved}", ("2026-01-13T12:00", "c84", 1))
    first, *_ = [one["context"]["rfm"] for one in told.triggers if one["contact"] == "c85"]
    assert "table" not in first
    told = play("- {name: m, use: rfm_moved}", ("2026-01-13T12:00", "new", 900))
    (last,) = [one["context"]["rfm"] for one in told.triggers if one["contact"] == "new"]
    assert (last["monetary"], last["table"]) == (5, "2026-01-12T04:00:00.000Z")


def test_a_contact_who_was_decided_later_already_is_decided_there() -> None:
    """The table holds from Monday at four, and is made five seconds after that."""
    told = play(RICH, ("2026-01-12T04:00:03", "c35", 5), ("2026-01-12T04:00:03", "c36", 100))
    in_by_order = "2026-01-06T13:00 in event"
    assert stays(told, "c35") == [in_by_order, "2026-01-12T04:00:03 out table"]
    assert stays(told, "c36") == [in_by_order]
    assert stays(told, "c37") == [in_by_order, f"{MONDAY} out table"]


def test_what_comes_at_the_boundary_or_later_is_not_counted_in_it() -> None:
    at_four = [("2026-01-12T04:00", f"c{number}", 5000) for number in range(100)]
    told = play(RICH, *at_four)
    in_by_order = "2026-01-06T13:00 in event"
    assert stays(told, "c35") == [in_by_order]
    at_once = play(RICH, *at_four, lateness="0s")
    assert stays(at_once, "c35") == [in_by_order, f"{MONDAY} out table", f"{MONDAY} in event"]
    fresh = play("- {name: m, use: rfm_moved}", *at_four, ("2026-01-13T12:00", "new", 899))
    (last,) = [one["context"]["rfm"] for one in fresh.triggers if one["contact"] == "new"]
    assert last["monetary"] == 4  # the cut is 900 of what was spent before


def recorded(*cuts: int | str) -> TableSet:
    """Tables that hold from Tuesday at four on."""
    of = parse_rules(f"{VALUE}segments:\n{RICH}\n").tabled["rfm.buyers"].counts
    table = Table(of, parse_time(rfc(MONDAY)), 100, {"monetary": [*cuts]}, {"monetary": [9] * 4})
    return TableSet(table.boundary, parse_time(rfc("2026-01-13T04:00")), {"rfm.buyers": table})


@pytest.mark.parametrize("restart_every", [None, 1])
def test_13_a_replay_can_be_given_the_tables_of_a_worker(restart_every: int | None) -> None:
    """Case 13: 110 were score 3 by the fallback's cut of 100, and are score 2 by one of 120."""
    events = [
        {
            "type": "order_placed",
            "contact": who,
            "time": rfc("2026-01-06T12:00"),
            "data": {"order": who, "total": total},
        }
        for who, total in (("c", 110), ("d", 120))
    ]
    poor = "{name: poor, when: {rfm: {monetary: {eq: 2}}}, trigger: {}, on_table: fire}"
    rules = f"{RICH}\n- {poor}"
    told = run_replay(
        f"{VALUE}segments:\n{rules}\n",
        events,
        until=rfc("2026-02-01"),
        tables=[recorded(50, 120, 260, 900)],
        restart_every=restart_every,
    )
    assert stays(told, "c") == ["2026-01-06T12:00 in event", "2026-01-13T04:00 out table"]
    assert stays(told, "d") == ["2026-01-06T12:00 in event"]
    (fired,) = told.triggers
    assert (fired["contact"], show(fired["entered_at"])) == ("c", "2026-01-13T04:00")


def test_of_too_few_no_table_is_made() -> None:
    told = play(RICH, value=VALUE.replace("least: 100", "least: 101"))
    assert stays(told, "c35") == ["2026-01-06T13:00 in event"]


def test_cuts_that_are_off_by_little_stay() -> None:
    told = play(RICH, value=VALUE.replace("least: 100", "least: 100, drift: 5"))
    assert stays(told, "c35") == ["2026-01-06T13:00 in event"]


def test_there_are_quantiles_of_recency_and_frequency_too() -> None:
    value = """
version: 1
value:
  tables: {every: day, at: "00:00", least: 4, drift: 0}
  rfm:
    readers:
      over: message_opened
      within: 30d
      recency: {quantiles: 2, fallback: [1d]}
      frequency: {quantiles: 2, fallback: [2]}
      segments: {low: [[1, 1], [1, 2]], high: [[2, 1], [2, 2]]}
"""
    events = [
        {
            "type": "message_opened",
            "contact": f"c{who}",
            "time": rfc(f"2026-01-0{day}T12:00"),
            "data": {"channel": "email"},
        }
        for day in range(1, 5)
        for who in range(day)
    ]
    rules = "- {name: m, when: {rfm: {recency: {gte: 2}}}, membership: true}\n"
    rules += "- {name: f, when: {rfm: {frequency: {gte: 2}}}, membership: true}"
    told = run_replay(f"{value}segments:\n{rules}\n", events, until=rfc("2026-01-06"))
    by_table = [
        (one["type"], show(one.get("exited_at") or one["entered_at"]), one["contact"])
        for one in told.membership
        if one["cause"] == "table"
    ]
    # Of four, two have opened three messages or more; a day later all are silent for a day and
    # a half, and who is so for less than two days has the better score.
    assert by_table == [
        ("segment.exited", "2026-01-05T00:00", "c2"),
        *[("segment.entered", "2026-01-06T00:00", f"c{who}") for who in range(4)],
    ]
