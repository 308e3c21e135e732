"""likely_to_buy: right after an order the next one is likely, until silence tells otherwise."""

from .by_date import play
from .predicted import BEGIN, MODEL, WITH_WORTH, day
from .test_predict import refuse

RULE = "- {name: buy, use: likely_to_buy, with: {at_least: 30%}, membership: true}"
OFTEN = "; ".join(f"{day(n)} order 10" for n in (0, 10, 20, 30))


def test_each_order_day_from_which_it_is_likely_fires() -> None:
    told = play(MODEL, RULE, f"{OFTEN}; 2027-01-01 end")
    assert told.lines("anchor") == [f"{day(n)} fired buy anchor={day(n)}" for n in (10, 20, 30)]


def test_silence_ends_it_in_a_second_that_the_context_tells() -> None:
    told = play(MODEL, RULE, f"{OFTEN}; 2027-01-01 end")
    until = told.triggers[-1]["context"]["prediction"]["until"]
    ended = told.stays()[-1]
    assert ended == f"{until.removesuffix('.000Z')} out buy time"
    assert f"{day(31)}" < ended < f"{day(150)}"


def test_one_order_makes_nothing_likely() -> None:
    assert play(MODEL, RULE, f"{BEGIN} order 10; 2027-01-01 end").lines() == []


def test_the_context_tells_probabilities_and_what_an_order_is_worth() -> None:
    context = play(WITH_WORTH, RULE, OFTEN).triggers[0]["context"]["prediction"]
    assert context["order_days"] == 2
    assert context["buys"] >= 0.3
    assert context["within"] == "30d"
    assert context["order_worth"] == 17.69


def test_bad_parameters_are_refused_at_their_place() -> None:
    refuse(MODEL, "- {name: b, use: likely_to_buy, with: {at_least: §0%}}", "above 0%")
    refuse(MODEL, "- {name: b, use: likely_to_buy, with: {within: §soon}}", "duration")
    refuse("zone: UTC", "- §{name: b, use: likely_to_buy}", "model: clv.json")


def test_an_order_day_that_is_the_last_again_as_the_next_is_cancelled_is_told_once() -> None:
    cancelled = f"{MODEL}\norders: {{cancelled: 60d}}"
    timeline = f"{day(0)} order 10; {day(5)} order 10; {day(10)} order 10 #x; {day(11)} cancel #x"
    told = play(cancelled, RULE, timeline)
    assert told.lines("anchor") == [f"{day(n)} fired buy anchor={day(n)}" for n in (5, 10)]
    assert told.stays()[-2:] == [f"{day(11)} out buy event", f"{day(11)} in buy event"]
