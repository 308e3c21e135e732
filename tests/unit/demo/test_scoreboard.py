"""What the demo counts and how it shows it."""

import json

import pytest
from rich.console import Console

from streamseg.demo.scoreboard import Row, Scoreboard, percentile
from streamseg.demo.showing import summary, trigger_line
from streamseg.tail.reading import Record

TEN = 1_763_719_200_000  # 2025-11-21T10:00:00Z


def _fired(segment: str = "cart_left", **changed: object) -> dict[str, object]:
    return {
        "type": "trigger.fired",
        "segment": segment,
        "contact": "c-17",
        "key": None,
        "rung": "3s",
        "entered_at": "2025-11-21T10:00:00.000Z",
        "emitted_at": "2025-11-21T10:00:00.510Z",
        "why": ["cart of 2 items unchanged since 09:59:57.000"],
        **changed,
    }


def _plain(renderable: object) -> list[str]:
    console = Console(width=100, color_system=None, force_terminal=False)
    with console.capture() as captured:
        console.print(renderable)
    return captured.get().splitlines()


def test_latency_runs_from_entering_to_being_seen() -> None:
    assert Scoreboard({"cart_left": 500}).saw(_fired(), TEN + 523) == 523


def test_latency_of_what_waited_runs_from_its_release() -> None:
    waited = _fired(released_at="2025-11-21T10:00:01.000Z")
    assert Scoreboard({"cart_left": 500}).saw(waited, TEN + 1523) == 523


def test_only_what_fired_counts() -> None:
    board = Scoreboard({"cart_left": 500})
    assert board.saw(_fired(type="trigger.cancelled"), TEN) is None
    assert board.silent == ["cart_left"]


def test_a_segment_is_silent_until_it_fires() -> None:
    board = Scoreboard({"cart_left": 500, "gone_quiet": 500})
    board.saw(_fired("gone_quiet"), TEN)
    assert board.silent == ["cart_left"]


def test_rows_keep_the_expected_order_and_have_all_figures() -> None:
    board = Scoreboard({"cart_left": 500, "back_in_stock": 0})
    for latency_ms in (40, 20, 30, 10):
        board.saw(_fired("back_in_stock"), TEN + latency_ms)
    assert board.rows() == [
        Row("cart_left", 0, None, None, 500),
        Row("back_in_stock", 4, 20, 40, 0),
    ]


@pytest.mark.parametrize(("percent", "value"), [(1, 1), (50, 50), (99, 99), (100, 100)])
def test_percentiles_are_values_that_occurred(percent: int, value: int) -> None:
    assert percentile(range(100, 0, -1), percent) == value


def test_a_line_is_the_trigger_after_its_latency() -> None:
    record = Record("triggers", 0, 0, 0, b"c-17", json.dumps(_fired()).encode())
    line = trigger_line(Scoreboard({"cart_left": 500}), record, TEN + 523).plain
    assert line.split()[:8] == [
        *("0.523", "s", "2025-11-21", "10:00:00.510", "fired", "cart_left", "3s", "c-17"),
    ]


def test_what_is_no_message_does_not_end_the_demo() -> None:
    record = Record("triggers", 0, 7, 0, None, b"\xff")
    assert "triggers-0@7" in trigger_line(Scoreboard({}), record, TEN).plain


def test_the_summary_tells_the_wait_apart_from_the_rest() -> None:
    lines = _plain(summary([Row("cart_left", 12, 523, 611, 500)], plain=True))
    assert lines[-1].split() == [
        *("cart_left", "12", "0.523", "s", "0.611", "s", "0.500", "s"),
        *("0.023", "s", "0.111", "s"),
    ]


def test_a_segment_that_never_fired_has_no_latency() -> None:
    lines = _plain(summary([Row("gone_quiet", 0, None, None, 500)], plain=True))
    assert lines[-1].split() == ["gone_quiet", "0", "–", "–", "0.500", "s", "–", "–"]
