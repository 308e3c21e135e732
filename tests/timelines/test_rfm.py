"""RFM with fixed cuts: scores, segments, and moves to the millisecond."""

import pytest

from .by_date import play
from .drawing import is_in_schema, refuse

BUYERS = """
rfm:
  buyers:
    {recency: [30d, 60d, 120d, 365d], frequency: [2, 3, 5, 10], monetary: [50, 100, 250, 1000]}
"""
EVERY = "- {name: m, use: rfm_moved}"


def moves(timeline: str, segments: str = EVERY, value: str = BUYERS) -> list[str]:
    """`T from → to` of each trigger, `T ×` of a cancellation."""
    told = play(value, segments, timeline)
    return [_move(one) for one in told.triggers]


def _move(one: dict[str, object]) -> str:
    time = str(one["entered_at"]).removesuffix("Z").removesuffix(".000").removesuffix(":00")
    context = one["context"]
    if one["type"] == "trigger.cancelled":
        return f"{time} × {str(one['anchor']).partition('#')[2]}"
    assert isinstance(context, dict)
    return f"{time} {context['from']} → {context['to']}"


def test_1_a_first_order_of_40_is_of_a_new_customer() -> None:
    told = play(BUYERS, EVERY, "2026-01-10T12:00 order 40")
    assert told.lines("anchor", "from", "to") == [
        "2026-01-10T12:00 fired m anchor=2026-01-10T12:00#new_customers from=none to=new_customers"
    ]
    assert told.triggers[0]["context"]["rfm"] == {
        "segment": "new_customers",
        "recency": 5,
        "frequency": 1,
        "monetary": 1,
        "value": 1,
        "last": "2026-01-10T12:00:00.000Z",
        "count": 1,
        "spent": 40,
    }


def test_2_of_60_it_is_of_a_potential_loyalist() -> None:
    assert moves("2026-01-10T12:00 order 60") == ["2026-01-10T12:00 none → potential_loyalists"]


SILENCE = [
    "2026-01-10T12:00 none → new_customers",
    "2026-02-09T12:00 new_customers → promising",
    "2026-03-11T12:00 promising → about_to_sleep",
    "2026-05-10T12:00 about_to_sleep → hibernating",
]


def test_3_and_4_silence_moves_a_customer_down_and_the_last_step_is_one_move() -> None:
    timeline = "2026-01-10T12:00 order 40; 2028-01-01 end"
    assert moves(timeline) == [*SILENCE, "2027-01-10T12:00 hibernating → lost"]


def test_5_an_order_at_the_instant_of_a_move_comes_after_it() -> None:
    told = play(
        BUYERS,
        EVERY,
        """
        2026-01-10T12:00 order 40
        2026-05-10T12:00 order 60
        2026-05-10T12:01 view
        """,
    )
    assert told.lines("from", "to")[3:] == [
        "2026-05-10T12:00 fired m from=hibernating to=potential_loyalists"
    ]
    assert told.held_back("to") == ["2026-05-10T12:00 suppressed m reason=left to=hibernating"]


def test_6_a_move_that_an_order_forestalls_never_was() -> None:
    timeline = """
    2026-01-10T12:00 order 40
    2026-05-10T11:59:58 order 60
    2026-05-10T12:00:03 view
    """
    assert moves(timeline)[3:] == ["2026-05-10T11:59:58 about_to_sleep → potential_loyalists"]


LATE = """
2026-01-10T12:00 order 40
2026-05-10T12:00:05 tick
2026-05-10T11:59:58 {}
2026-05-10T12:00:10 tick
"""


def test_7_a_late_order_disproves_a_move_that_was_told() -> None:
    assert moves(LATE.format("order 60")) == [
        *SILENCE,
        "2026-05-10T12:00 × hibernating",
        "2026-05-10T12:00 about_to_sleep → potential_loyalists",
    ]


def test_8_a_late_view_disproves_nothing() -> None:
    assert moves(LATE.format("view")) == SILENCE


def test_9_a_move_within_what_is_asked_for_ends_one_stay_and_begins_another() -> None:
    value = "rfm: {buyers: {recency: [30d, 60d, 90d, 120d], frequency: [2, 3, 5, 10], within: 99d}}"
    rule = "- {name: m, use: rfm_moved, with: {to: [hibernating, lost]}, membership: true}"
    told = play(value, rule, "2026-01-01 order; 2026-09-01 end")
    assert told.lines("anchor") == [
        "2026-04-01T00:00 fired m anchor=2026-04-01T00:00#hibernating",
        "2026-05-01T00:00 fired m anchor=2026-05-01T00:00#lost",
    ]
    assert told.stays() == [
        "2026-04-01T00:00 in m time",
        "2026-05-01T00:00 out m time",
        "2026-05-01T00:00 in m time",
    ]


def test_9_so_it_is_of_who_was_at_risk_and_is_lost() -> None:
    rule = "- {name: m, use: rfm_moved, with: {to: [at_risk, lost]}}"
    told = play(BUYERS, rule, "2026-01-10T12:00 order 1000; 2027-02-01 end")
    assert told.lines("anchor", "from") == [
        "2026-05-10T12:00 fired m anchor=2026-05-10T12:00#at_risk from=need_attention",
        "2027-01-10T12:00 fired m anchor=2027-01-10T12:00#lost from=at_risk",
    ]
    assert len({one["id"] for one in told.triggers}) == 2


SETTLED = "- {name: m, use: rfm_moved, with: {to: promising, settle: 1d}}"


@pytest.mark.parametrize(
    ("order", "told", "held"),
    [
        ("2026-02-09T15:00", [], []),
        ("2026-02-10T12:00", [], ["2026-02-10T12:00 suppressed m reason=left"]),
        ("2026-02-10T12:00:05", ["2026-02-10T12:00 fired m"], []),
    ],
)
def test_10_what_has_not_settled_is_not_told(order: str, told: list[str], held: list[str]) -> None:
    timeline = f"2026-01-10T12:00 order 40; {order} order 40; 2026-02-11 end"
    found = play(BUYERS, SETTLED, timeline)
    assert (found.lines(), found.held_back()) == (told, held)


def test_11_the_window_is_open_at_its_left_end() -> None:
    rule = """
    - {name: once, when: {rfm: {frequency: {eq: 1}}}, trigger: {}}
    - {name: rich, when: {rfm: {monetary: {eq: 4}}}, trigger: {}, membership: true}
    """
    told = play(BUYERS, rule, "2026-01-01 order 200; 2026-06-01 order 200; 2027-02-01 end")
    assert told.lines() == [
        "2026-01-01T00:00 fired once",
        "2026-06-01T00:00 fired rich",
        "2027-01-01T00:00 fired once",
    ]
    assert told.stays() == ["2026-06-01T00:00 in rich event", "2027-01-01T00:00 out rich time"]


CANCELLED = "2026-01-10T12:00 order 500 #o1; 2026-01-13T12:00 cancel #o1; 2026-01-20 end"


def test_12_a_cancelled_order_never_was() -> None:
    within = f"orders: {{cancelled: 60d}}\n{BUYERS.strip()}"
    assert moves(CANCELLED, value=within) == [
        "2026-01-10T12:00 none → potential_loyalists",
        "2026-01-13T12:00 potential_loyalists → none",
    ]
    assert moves(CANCELLED) == ["2026-01-10T12:00 none → potential_loyalists"]


@pytest.mark.parametrize(
    ("order", "cancel", "is_none"),
    [
        ("2026-01-10", "2026-01-12", True),
        ("2026-01-10", "2026-01-12T00:00:00.001", False),
        ("2026-01-10", "2026-01-08", True),
        ("2026-01-10", "2026-01-07", False),
    ],
)
@pytest.mark.parametrize("is_late", [False, True])
def test_a_cancellation_counts_so_long_before_and_after(
    order: str, cancel: str, *, is_none: bool, is_late: bool
) -> None:
    drawn = [f"{order} order 10 #o1", f"{cancel} cancel #o1"]
    drawn.sort(reverse=is_late)
    value = f"orders: {{cancelled: 2d}}\n{BUYERS.strip()}"
    rule = (
        "- {name: has, when: {all: [{did: probe}, {rfm: {segment: new_customers}}]}, trigger: {}}"
    )
    told = play(value, rule, "\n".join([*drawn, "2026-01-20 probe"]))
    assert bool(told.lines()) is not is_none


def test_a_cancelled_order_gives_way_to_the_one_before() -> None:
    value = f"orders: {{cancelled: 60d}}\n{BUYERS.strip()}"
    assert moves(
        "2025-01-10 order 40; 2026-05-10 order 40 #o2; 2026-05-11 cancel #o2; 2026-05-12 end",
        value=value,
    )[-2:] == ["2026-05-10T00:00 lost → new_customers", "2026-05-11T00:00 new_customers → lost"]


def test_17_who_never_ordered_is_in_no_segment() -> None:
    rule = """
    - {name: best, when: {rfm: {segment: champions}}, trigger: {}}
    - {name: not_best, when: {not: {rfm: {segment: champions}}}, trigger: {}}
    """
    assert play(BUYERS, rule, "2026-01-10 view").lines() == ["2026-01-10T00:00 fired not_best"]


READERS = """
rfm:
  readers: {over: [message_opened, message_clicked], where: {machine: {ne: true}}, within: 180d, \
recency: [14d, 30d, 60d, 180d], frequency: [2, 4, 8, 16]}
"""


def test_18_what_a_machine_opened_was_not_read() -> None:
    opened = "2026-01-10 message_opened channel=email machine={}"
    assert moves(opened.format("true"), value=READERS) == []
    assert moves(opened.format("false"), value=READERS) == ["2026-01-10T00:00 none → new_customers"]
    assert moves("2026-01-10 message_opened channel=email", value=READERS) == [
        "2026-01-10T00:00 none → new_customers"
    ]


def test_only_up_is_only_up() -> None:
    rule = "- {name: m, use: moved, with: {of: rfm.buyers, direction: up}}"
    timeline = "2026-01-10 order 40; 2026-03-20 order 40; 2026-03-21 order 600; 2026-12-01 end"
    assert moves(timeline, rule) == [
        "2026-01-10T00:00 none → new_customers",
        "2026-03-20T00:00 about_to_sleep → potential_loyalists",
        "2026-03-21T00:00 potential_loyalists → champions",
    ]


def test_a_cell_of_the_shop_s_own_names() -> None:
    value = """
    rfm:
      buyers:
        recency: [30d]
        frequency: [2]
        segments: {gone: [[1, 1], [1, 2]], once: [[2, 1]], often: [[2, 2]]}
    """
    timeline = "2026-01-10 order; 2026-01-11 order; 2026-03-01 end"
    assert moves(timeline, value=value) == [
        "2026-01-10T00:00 none → once",
        "2026-01-11T00:00 once → often",
        "2026-02-10T00:00 often → gone",
    ]


@pytest.mark.parametrize("name", ["none", "any"])
def test_what_moves_mean_otherwise_is_no_name_of_a_segment(name: str) -> None:
    rfm = f"""
    value:
      rfm:
        a:
          recency: [30d]
          frequency: [2]
          segments: {{§{name}: [[1, 1], [1, 2]], good: [[2, 1], [2, 2]]}}
    segments:
      - {{name: m, use: rfm_moved}}
    """
    refuse(rfm, f"the name `{name}` is reserved", "another name")
    assert (is_in_schema(rfm), is_in_schema(rfm.replace(f"§{name}", "best"))) == (False, True)
