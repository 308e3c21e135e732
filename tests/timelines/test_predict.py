"""predict: what a model says of a contact crosses a threshold in the very second."""

import json
from pathlib import Path

import pytest

from streamseg.rules import RuleErrors, load_rules, parse_rules
from streamseg.rules.document import parse_document
from streamseg.rules.lint import warnings_of
from streamseg.rules.loading import compile_rules

from .by_date import file_of, play
from .predicted import BEGIN, MODEL, WITH_WORTH, after, day


def rule(predict: str, *, negated: bool = False) -> str:
    when = f"{{predict: {{{predict}}}}}"
    when = f"{{not: {when}}}" if negated else when
    return f"- {{name: p, when: {when}, trigger: {{}}, membership: true}}"


def stays(predict: str, timeline: str, value: str = MODEL, **options: bool) -> list[str]:
    """Entries and exits, without their causes."""
    told = play(value, rule(predict, **options), timeline)
    return [line.rpartition(" p ")[0] for line in told.stays()]


def at(seconds: int, what: str = "in", begin: str = BEGIN) -> str:
    return f"{after(seconds, begin)} {what}"


ONE = f"{BEGIN} order 10; 2030-01-01 end"


def test_37_one_order_may_have_been_the_last_from_that_second_on() -> None:
    """The exact crossing is at …003.264."""
    assert stays("alive: {lt: 50%}", ONE) == [at(7_856_004)]


def test_what_is_at_least_a_threshold_ends_in_the_second_that_less_begins() -> None:
    assert stays("alive: {gte: 50%}", ONE) == [at(0), at(7_856_004, "out")]


@pytest.mark.parametrize(("count", "span", "seconds"), [(6, 210, 9_571_441), (21, 280, 4_694_660)])
def test_40_who_orders_more_often_is_suspect_sooner(count: int, span: int, seconds: int) -> None:
    orders = "; ".join(f"{day(span * n // (count - 1))} order 10" for n in range(count))
    timeline = f"{orders}; 2030-01-01 end"
    last = f"{day(span)}"
    assert stays("alive: {lt: 50%}", timeline)[-1] == at(seconds, "in", last)


def test_44_below_at_the_first_order_is_in_by_the_order() -> None:
    (told,) = play(MODEL, rule("alive: {lt: 70%}"), f"{BEGIN}T09:00 order 10").stays()
    assert told == "2026-01-01T09:00 in p event"


def test_45_an_order_in_the_second_of_the_crossing_comes_after_it() -> None:
    crossing = after(7_856_004)
    timeline = f"{BEGIN} order 10; {crossing} order 10; 2026-04-02 end"
    told = play(MODEL, rule("alive: {lt: 50%}"), timeline)
    assert told.lines() == []
    assert told.held_back() == [f"{crossing} suppressed p reason=left"]


def test_orders_and_clv_step_by_weeks() -> None:
    week = 7 * 86_400
    timeline = f"{BEGIN} order 10; {day(213)} order 10; {day(300)} order 10; 2040-01-01 end"
    for predict in (
        "orders: {within: 90d, lt: 0.2}",
        "clv: {within: 365d, lt: 10}",
    ):
        entered = stays(predict, timeline, WITH_WORTH)[-1]
        begin = day(300)
        steps = [n for n in range(1, 700) if entered == at(n * week, "in", begin)]
        assert len(steps) == 1


def test_several_figures_must_all_be_so() -> None:
    both = "alive: {lt: 50%}, buys: {within: 90d, lt: 20%}"
    assert stays(both, ONE) == [at(7_856_004)]  # buys is below before


def test_a_second_order_of_a_day_changes_nothing_and_one_of_the_next_does() -> None:
    same = f"{BEGIN}T08:00 order 10; {BEGIN}T20:00 order 10; 2030-01-01 end"
    begin = f"{BEGIN}T08:00"
    assert stays("alive: {lt: 50%}", same) == [at(7_856_004, "in", begin)]
    kyiv = f"zone: Europe/Kyiv\n{MODEL}"  # 22:30 is the next day there
    other = f"{BEGIN}T08:00 order 10; {BEGIN}T22:30 order 10; 2030-01-01 end"
    assert stays("alive: {lt: 50%}", other, kyiv) != stays("alive: {lt: 50%}", other)


@pytest.mark.parametrize("negated", [False, True])
def test_of_who_has_not_ordered_nothing_is_known(negated: bool) -> None:
    timeline = f"{BEGIN} view; 2027-01-01 view; 2030-01-01 end"
    assert stays("alive: {lt: 50%}", timeline, negated=negated) == []


def test_a_cancelled_order_is_as_if_it_had_never_been() -> None:
    value = f"orders: {{cancelled: 60d}}\n{MODEL}"
    timeline = f"{BEGIN} order 10; {day(30)} order 10 #x; {day(40)} cancel #x; 2030-01-01 end"
    assert stays("alive: {lt: 50%}", timeline, value) == [at(7_856_004)]


def test_a_late_order_counts_where_it_belongs() -> None:
    orders = [f"{day(n)} order 10" for n in (0, 15, 30)]
    in_order = "; ".join([*orders, "2030-01-01 end"])
    late = "; ".join([orders[0], orders[2], orders[1], "2030-01-01 end"])
    assert stays("alive: {lt: 50%}", in_order) == stays("alive: {lt: 50%}", late)


def test_an_order_in_another_currency_is_none() -> None:
    value = f"orders: {{currency: UAH}}\n{MODEL}"
    timeline = f"{BEGIN} order 10 currency=UAH; {day(30)} order 10 currency=EUR; 2030-01-01 end"
    assert stays("alive: {lt: 50%}", timeline, value) == [at(7_856_004)]


def test_what_orders_came_to_decides_what_is_to_come() -> None:
    def worth(amount: int) -> list[str]:
        timeline = f"{BEGIN} order 1000; {day(30)} order {amount}; 2040-01-01 end"
        return stays("clv: {within: 365d, gte: 30}", timeline, WITH_WORTH)

    assert worth(1) == [f"{day(0)} in", f"{day(37)} out"]  # the first order day does not count
    assert worth(100)[0] == f"{day(0)} in"
    assert worth(100)[-1] > f"{day(100)} out"


def test_why_says_when() -> None:
    (told,) = play(MODEL, rule("buys: {within: 90d, lt: 20%}"), ONE).triggers
    crossing = "2026-01-30 09:27:31.000"
    assert told["why"] == [f"buys within 90d is 0.2000, came down to 0.2 at {crossing[11:]}"]


def test_the_model_may_be_a_file_that_fit_wrote(tmp_path: Path) -> None:
    numbers = {"r": 0.525, "alpha": 43.281, "a": 0.891, "b": 1.614, "hash": "…", "holdout": []}
    (tmp_path / "clv.json").write_text(json.dumps(numbers))
    rules = tmp_path / "rules.yaml"
    rules.write_text(file_of("model: clv.json", rule("alpha")).replace("alpha", "alive: {lt: 50%}"))
    inline = parse_rules(file_of(MODEL, rule("alive: {lt: 50%}")))
    assert load_rules(rules).layout() == inline.layout()


def test_another_model_is_another_rule() -> None:
    def versions(model: str) -> str:
        rules = parse_rules(file_of(model, rule("alive: {lt: 50%}")))
        return rules.segments[0].definition.version

    assert versions(MODEL) != versions(MODEL.replace("1.614", "1.615"))
    assert versions(MODEL) == versions(MODEL.replace("0.525", "0.5250"))


def refuse(value: str, segments: str, *words: str) -> None:
    """One error, at the place marked `§`, with these words in it."""
    marked = file_of(value, segments)
    before = marked[: marked.index("§")]
    with pytest.raises(RuleErrors) as raised:
        parse_rules(marked.replace("§", ""))
    (error,) = raised.value.errors
    assert (error.line, error.column) == (
        before.count("\n") + 1,
        len(before) - before.rfind("\n"),
    )
    assert [word for word in words if word not in error.message] == []


def test_bad_predictions_are_refused_at_their_place() -> None:
    def one(predict: str) -> str:
        return f"- {{name: p, when: {{predict: {predict}}}}}"

    refuse("zone: UTC", "- {name: p, when: §{predict: {alive: {lt: 50%}}}}", "model: clv")
    refuse(MODEL, one("§{}"), "alive", "buys")
    refuse(MODEL, one("{alive: §{}}"), "gte", "lt")
    refuse(MODEL, one("{alive: §{gte: 10%, lt: 50%}}"), "one of")
    refuse(MODEL, one("{alive: {lt: §0.5}}"), "percentage")
    refuse(MODEL, one("{alive: {lt: §100%}}"), "100%")
    refuse(MODEL, one("{buys: §{lt: 50%}}"), "within")
    refuse(MODEL, one("{buys: {lt: 50%, within: §4000d}}"), "1095d")
    refuse(MODEL, one("{orders: {gte: §0, within: 90d}}"), "above 0")
    refuse(MODEL, one("{clv: §{gte: 10, within: 90d}}"), "p", "worth")
    refuse(WITH_WORTH, one("{clv: {gte: 10, within: §20d}}"), "30d")


def test_bad_models_are_refused_at_their_place(tmp_path: Path) -> None:
    any_rule = "- {name: p, use: welcome}"
    refuse("model: §{r: 0.5, alpha: 43, a: 0.8}", any_rule, "b")
    refuse("model: {r: §0, alpha: 43, a: 0.8, b: 1}", any_rule, "above 0")
    refuse("model: {r: 1, alpha: §0.5, a: 0.8, b: 1}", any_rule, "from 1")
    refuse("model: {r: 1, alpha: 43, a: §1.0, b: 1}", any_rule, "`a`")
    refuse("model: §{r: 1, alpha: 43, a: 2, b: 1, p: 3}", any_rule, "`v`")
    refuse("model: {r: 1, alpha: 43, a: 2, b: 1, p: 3, q: §1, v: 3}", any_rule, "`q`")
    refuse("model: {r: 1, alpha: 43, a: 2, b: 1, discount: §2}", any_rule, "0 to 1")
    refuse("model: §none.json", any_rule, "none.json", "cannot be read")
    for text in ("[]", "{", '{"r": 1}', '{"r": 1, "alpha": 43, "a": "x", "b": 1}'):
        (tmp_path / "clv.json").write_text(text)
        refuse(f"model: §{tmp_path}/clv.json", any_rule)


@pytest.mark.parametrize(
    ("segment", "is_doubtful"),
    [
        ("use: likely_to_churn, with: {within: 200d}", True),
        ("use: likely_to_churn, with: {within: 180d}", False),
        ("use: likely_to_churn", False),
        ("when: {not: {predict: {buys: {within: 365d, lt: 50%}}}}, trigger: {}", True),
        ("when: {predict: {orders: {within: 365d, gte: 2}}}, trigger: {}", False),
    ],
)
def test_a_probability_over_more_than_half_a_year_is_warned_of(
    segment: str, is_doubtful: bool
) -> None:
    document = parse_document(file_of(MODEL, f"- {{name: p, {segment}}}"), "f")
    told = [one.message for one in warnings_of(document, compile_rules(document, "f"), "f")]
    assert [("180d" in one) for one in told] == [True] * is_doubtful
