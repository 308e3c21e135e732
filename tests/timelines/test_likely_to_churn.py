"""likely_to_churn: silence takes the probability of an order down to the second of a rung."""

import json
from pathlib import Path

import pytest

from .by_date import Told, play
from .predicted import BEGIN, MODEL, WITH_WORTH, after, day
from .test_predict import refuse

RULE = "- {name: churn, use: likely_to_churn, with: {risk: [66%, 80%]}, membership: true}"
END = "2030-01-01 end"
TWO = f"{BEGIN} order 10; {day(30)} order 10"
FIRST, SECOND = 3_849_106, 9_055_847  # of silence after two order days, 30 days apart


def fired(timeline: str, rule: str = RULE, value: str = MODEL) -> list[str]:
    return play(value, rule, timeline).lines("rung")


def lines(*told: tuple[int, str, str], kind: str = "fired") -> list[str]:
    """Seconds, after which day's order, and the rung."""
    return [f"{after(one, begin)} {kind} churn rung={rung}" for one, begin, rung in told]


def test_38_after_one_order_a_rung_holds_at_once_and_the_next_in_its_second() -> None:
    told = fired(f"{BEGIN} order 10; {END}")
    assert told == lines((0, BEGIN, "66%"), (2_539_651, BEGIN, "80%"))


def test_39_after_two_orders_each_rung_has_its_second() -> None:
    told = fired(f"{TWO}; {END}")[-2:]
    assert told == lines((FIRST, day(30), "66%"), (SECOND, day(30), "80%"))


def test_a_rung_that_would_be_reached_after_the_last_year_is_said_to_be_at_its_end() -> None:
    told = play(MODEL, RULE, "9999-12-31 order 10; 9999-12-31T20:00 end")
    assert told.lines("rung") == ["9999-12-31T00:00 fired churn rung=66%"]
    reached = told.triggers[0]["context"]["prediction"]["reached"]
    assert [one["at"] for one in reached][1:] == ["9999-12-31T23:59:59.999Z"]


def test_rungs_are_told_once_a_silence_whatever_else_happens() -> None:
    views = "; ".join(f"{day(n)} view" for n in range(31, 400, 20))
    assert fired(f"{TWO}; {views}; {END}") == fired(f"{TWO}; {END}")


def test_41_an_order_between_rungs_ends_the_silence_and_begins_another() -> None:
    third = after(FIRST + 86_400, day(30))
    told = play(MODEL, RULE, f"{TWO}; {third} order 10; {END}")
    anchors = told.lines("rung", "anchor")
    assert anchors[2] == f"{after(FIRST, day(30))} fired churn rung=66% anchor={day(30)}"
    assert [line.rpartition("=")[2] for line in anchors[3:]] == [third] * 2
    assert f"{third} out churn event" in told.stays()


def test_42_a_late_order_that_disproves_a_rung_cancels_it() -> None:
    told = after(FIRST, day(30))
    told_at = after(FIRST + 10, day(30))
    timeline = f"{TWO}; {told_at} tick; {day(15)} order 10; {END}"
    found = fired(timeline)
    assert found[2] == f"{told} fired churn rung=66%"
    assert found[3] == f"{told} cancelled churn rung=66%"
    # with x 2 the crossing is later; what was cancelled has fired, so in this silence only the next
    assert [line.split()[1:] for line in found[4:]] == [["fired", "churn", "rung=80%"]]


def test_43_a_second_order_of_the_day_ends_nothing_and_one_of_the_next_day_does() -> None:
    begin = f"{BEGIN}T09:00"
    timeline = f"{begin} order 10; {BEGIN}T21:00 order 10; {END}"
    assert fired(timeline) == lines((0, begin, "66%"), (2_539_651, begin, "80%"))
    other = f"{begin} order 10; 2026-01-02T21:00 order 10; {END}"
    assert len(fired(other)) == 3


def test_an_order_in_the_second_of_a_rung_is_left() -> None:
    crossing = after(FIRST, day(30))
    told = play(MODEL, RULE, f"{TWO}; {crossing} order 10; {day(90)} end")
    assert told.held_back("rung") == [f"{crossing} suppressed churn reason=left rung=66%"]


def test_only_who_has_ordered_often_enough() -> None:
    rule = "- {name: churn, use: likely_to_churn, with: {at_least: 2}}"
    assert fired(f"{BEGIN} order 10; {END}", rule) == []
    assert fired(f"{TWO}; {END}", rule) == lines((FIRST, day(30), "66%"))


def test_it_can_be_narrowed() -> None:
    rule = (
        "- {name: churn, use: likely_to_churn, with: {at_least: 2}, "
        "when: {did: page_viewed, within: 60d}}"
    )
    assert fired(f"{TWO}; {day(70)} view; {END}", rule) == lines((FIRST, day(30), "66%"))
    assert fired(f"{TWO}; {END}", rule) == []


def test_the_context_tells_probabilities_crossings_and_what_an_order_is_worth() -> None:
    told: Told = play(WITH_WORTH, RULE, f"{BEGIN} order 50; {day(30)} order 20; {END}")
    context = told.triggers[2]["context"]["prediction"]
    assert context == {
        "last": "2026-01-31T00:00:00.000Z",
        "order_days": 2,
        "within": "90d",
        "buys": 0.34,
        "alive": 0.5871,
        "order_worth": 24.64,
        "reached": [
            {"risk": "66%", "at": "2026-03-16T13:11:46.000Z"},
            {"risk": "80%", "at": "2026-05-15T19:30:47.000Z"},
        ],
    }


def test_the_context_tells_how_far_off_the_model_was_found_to_be(tmp_path: Path) -> None:
    outcomes = [{"days": 28, "calibration_error": 0.01}, {"days": 91, "calibration_error": 0.02634}]
    numbers = {"r": 0.525, "alpha": 43.281, "a": 0.891, "b": 1.614, "holdout": [*outcomes, "?"]}
    (tmp_path / "clv.json").write_text(json.dumps(numbers))
    told = play(f"model: {tmp_path}/clv.json", RULE, f"{TWO}; {END}")
    assert {one["context"]["prediction"]["off_by"] for one in told.triggers} == {0.0263}


def test_without_amounts_in_the_model_nothing_is_said_of_worth() -> None:
    (told, *_) = play(MODEL, RULE, f"{TWO}; {END}").triggers
    assert "order_worth" not in told["context"]["prediction"]


@pytest.mark.parametrize("lateness", ["0s", "5s", "1h"])
def test_lateness_changes_when_it_is_told_and_nothing_else(lateness: str) -> None:
    told = play(MODEL, RULE, f"{TWO}; {END}", lateness=lateness)
    assert told.lines("rung", "anchor") == play(MODEL, RULE, f"{TWO}; {END}").lines(
        "rung", "anchor"
    )


def test_bad_parameters_are_refused_at_their_place() -> None:
    def one(parameters: str) -> str:
        return f"- {{name: c, use: likely_to_churn, with: {parameters}}}"

    refuse("zone: UTC", "- §{name: c, use: likely_to_churn}", "model: clv.json")
    refuse(MODEL, one("{risk: §[]}"), "empty")
    refuse(MODEL, one("{risk: §0.66}"), "percentage")
    refuse(MODEL, one("{risk: [66%, §66%]}"), "ascend")
    refuse(MODEL, one("{risk: [66%, §100%]}"), "below 100%")
    refuse(MODEL, one("{within: §2000d}"), "1095d")
    refuse(MODEL, one("{at_least: §0}"), "1")


def test_a_silence_that_is_the_last_again_as_the_next_order_is_cancelled_is_told_once() -> None:
    told = play(
        f"{MODEL}\norders: {{cancelled: 60d}}",
        RULE,
        f"{BEGIN} order 10; {day(48)} order 10 #b; {day(95)} cancel #b; {day(96)} end",
    )
    assert [line.split()[1:] for line in told.lines("rung", "anchor")] == [
        ["fired", "churn", "rung=66%", f"anchor={BEGIN}T00:00"],
        ["fired", "churn", "rung=80%", f"anchor={BEGIN}T00:00"],
        ["fired", "churn", "rung=66%", f"anchor={day(48)}"],
    ]
    assert told.stays()[-2:] == [f"{day(95)} in churn event"] * 2
