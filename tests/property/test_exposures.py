"""What a contact was told and ordered lies in bytes, and is what lists of it would be."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from decimal import Decimal, localcontext
from typing import Any

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from streamseg.core.counting.exposure_counter import ExposureCounter
from streamseg.core.counting.exposure_state import ExposureState, decode_exposures
from streamseg.core.counting.exposures import LATE_MS, MOST, Exposures, packed
from streamseg.core.counting.ledger import Ledger
from streamseg.core.counting.terms import Conversion
from streamseg.core.events import Event
from streamseg.core.features.base import UpdateContext
from streamseg.core.messages.emission import Emission
from streamseg.core.policies.arms import MIXED
from streamseg.core.segments.rule_set import RuleSet
from streamseg.core.values.zones import UTC_ZONE
from streamseg.rules import parse_rules

from .scale import examples

HOUR = 3_600_000
WITHIN = 5 * HOUR
LONG = "ł" * 300
RULES: RuleSet = parse_rules(
    "version: 1\nsegments:\n"
    + "\n".join(f"  - {{name: {name}, on: searched}}" for name in ("b", "a", LONG))
)
SEGMENTS = ["a", "b", LONG, "gone"]  # and one that the rules have no more
PLACES = {segment.name: segment.index for segment in RULES.segments}
COLUMN = 7


@dataclass
class Told:
    """An exposure."""

    segment: str
    variant: str
    at: int
    firings: int = 1
    revenue: Decimal | None = None

    @property
    def where(self) -> tuple[str, str, int]:
        return self.segment, self.variant, self.at // (24 * HOUR)

    def is_of(self, time: int) -> bool:
        """Whether an order of an instant is of it."""
        return self.at < time <= self.at + WITHIN


@dataclass
class Model:
    """The same as `Exposures`, in lists and without a thought of what it costs."""

    told: list[Told] = field(default_factory=list)
    orders: list[tuple[int, Decimal]] = field(default_factory=list)
    spent: Decimal = Decimal(0)
    mixed: list[str] = field(default_factory=list)


Figures = defaultdict[tuple[str, str, int], dict[str, Decimal]]


class Counted:
    """What the model counts."""

    def __init__(self) -> None:
        self.figures: Figures = defaultdict(lambda: defaultdict(Decimal))
        self.now = 0

    def tell(self, one: Model, segment: str, variant: str, at: int) -> None:
        for told in one.told:
            if told.segment == segment and told.at <= at <= told.at + WITHIN:
                told.firings += 1
                return
        new = Told(segment, MIXED if segment in one.mixed else variant, at)
        later = [told for told in one.told if told.segment == segment and new.is_of(told.at)]
        if later:
            self._remove(one, later[0])
            new = replace(later[0], at=at, firings=later[0].firings + 1, revenue=None)
        self.figures[new.where]["exposures"] += 1
        for time, amount in one.orders:
            if new.is_of(time):
                self._earn(new, amount)
                others = [told for told in one.told if told.is_of(time)]
                if last_of([*others, new]) is new:
                    self._credit(others, -amount)
                    self._credit([new], amount)
        one.told.append(new)
        first, before = one.told[0].at, one.told[-2].at if len(one.told) > 1 else at
        is_old = first + WITHIN + LATE_MS < at
        if later or (len(one.told) > 1 and (is_old or before > at or len(one.told) > MOST)):
            forget(one, at)

    def order(self, one: Model, time: int, amount: Decimal) -> None:
        kept = []
        for told in one.told:
            if told.is_of(time):
                if max(time, self.now) > told.at + WITHIN + LATE_MS:
                    self.figures[told.where]["late_missed"] += 1
                else:
                    self._earn(told, amount)
                    kept.append(told)
        self._credit(kept, amount)
        one.spent += amount
        one.orders.append((time, amount))
        forget(one, time)

    def cancel(self, one: Model, segment: str, at: int) -> None:
        for told in one.told:
            if told.segment == segment and told.at <= at <= told.at + WITHIN:
                told.firings -= 1
                if not told.firings:
                    self._remove(one, told)
                return

    def _remove(self, one: Model, told: Told) -> None:
        credited = self._credited(one, told)
        self._count(told, credited, -1)
        one.told = [other for other in one.told if other is not told]
        for time, amount in credited:
            self._credit([other for other in one.told if other.is_of(time)], amount)

    def mix(self, one: Model, segments: list[str]) -> None:
        one.mixed = list(dict.fromkeys([*one.mixed, *segments]))
        for told in one.told:
            if told.segment in one.mixed:
                credited = self._credited(one, told)
                self._count(told, credited, -1)
                told.variant = MIXED
                self._count(told, credited, 1)

    def _credited(self, one: Model, told: Told) -> list[tuple[int, Decimal]]:
        return [
            (time, amount)
            for time, amount in one.orders
            if told.is_of(time) and last_of([x for x in one.told if x.is_of(time)]) is told
        ]

    def _count(self, told: Told, credited: list[tuple[int, Decimal]], change: int) -> None:
        figures = self.figures[told.where]
        figures["exposures"] += change
        if told.revenue is not None:
            figures["converted"] += change
            figures["revenue"] += change * told.revenue
            figures["revenue_squared"] += change * told.revenue**2
        figures["credited"] += change * sum(amount for _, amount in credited)

    def _earn(self, told: Told, amount: Decimal) -> None:
        figures = self.figures[told.where]
        before = told.revenue or Decimal(0)
        figures["converted"] += told.revenue is None
        told.revenue = before + amount
        figures["revenue"] += amount
        figures["revenue_squared"] += told.revenue**2 - before**2

    def _credit(self, all_told: list[Told], amount: Decimal) -> None:
        if all_told:
            self.figures[last_of(all_told).where]["credited"] += amount


def last_of(all_told: list[Told]) -> Told:
    return max(all_told, key=lambda one: (one.at, -PLACES.get(one.segment, 1 << 30)))


def forget(one: Model, instant: int) -> None:
    kept = [told for told in one.told if told.at + WITHIN + LATE_MS >= instant]
    one.told = sorted(kept, key=lambda told: told.at)[-MOST:]
    orders = sorted(one.orders, key=lambda order: order[0])[-MOST:]
    oldest = min([orders[-1][0] - WITHIN, *(told.at for told in one.told[:1])]) if orders else 0
    one.orders = [order for order in orders if order[0] > oldest]


def joined(older: Model, newer: Model) -> Model:
    return Model(
        sorted([replace(one) for one in older.told + newer.told], key=lambda one: one.at)[-MOST:],
        sorted(older.orders + newer.orders, key=lambda order: order[0])[-MOST:],
        older.spent + newer.spent,
        list(dict.fromkeys(older.mixed + newer.mixed)),
    )


class Engine:
    """`Exposures` of two contacts, which rest between any two operations."""

    def __init__(self) -> None:
        self.exposures = Exposures(Conversion(within=WITHIN))
        self.counter = ExposureCounter(Ledger(UTC_ZONE), RULES.segments, RULES.ranked)
        self.counter.emission = Emission()
        self.ctx = UpdateContext()
        self.ctx.exposure_counter = self.counter
        self.states: list[dict[int, Any]] = [{}, {}]

    def rest(self, is_former: bool) -> None:
        for states in self.states:
            if is_former and COLUMN in states:
                states[COLUMN] = as_formerly(decode_exposures(packed(states.get(COLUMN))))
            encoded = msgspec.msgpack.encode(states)
            states.clear()
            states.update(msgspec.msgpack.Decoder(dict[int, Any]).decode(encoded))

    def tell(self, who: int, segment: str, variant: str, at: int) -> None:
        running = self.counter.days.running(segment, variant, at)
        state = packed(self.states[who].get(COLUMN))
        self.states[who][COLUMN], began = self.exposures.open(state, running, at, self.counter)
        if began is not None:
            self.counter.days.running(segment, began, at).exposures += 1

    def order(self, who: int, time: int, total: str) -> None:
        data = {"total": int(total) if total.isdigit() else Decimal(total)}
        event = Event("order_placed", "c", time, data, None, "e")
        self.exposures.update(self.states[who], COLUMN, event, self.ctx)

    def figures(self) -> dict[tuple[str, str, int], dict[str, Decimal]]:
        self.counter.ledger.take()
        return {
            (segment, variant, day.number): {
                name: Decimal(getattr(figures, name)) for name in NAMES if getattr(figures, name)
            }
            for day in self.counter.ledger.days()
            for segment, by_variant in day.figures.items()
            for variant, figures in by_variant.items()
        }


NAMES = ("exposures", "converted", "revenue", "revenue_squared", "credited", "late_missed")


def as_formerly(decoded: ExposureState) -> list[Any]:
    """A state as format 4 had it."""

    def number(text: str | None) -> int | str | None:
        return int(text) if text is not None and text.isdigit() else text

    state: list[Any] = [
        [
            [one.segment, one.variant, one.released_at, one.firings, number(one.revenue)]
            for one in decoded.exposures
        ],
        [[one.time, number(one.amount)] for one in decoded.orders],
        decoded.cohort,
        decoded.came,
        number(decoded.spent) or 0,
    ]
    return [*state, decoded.mixed] if decoded.mixed else state


def facts_of(decoded: ExposureState) -> Model:
    return Model(
        [
            Told(
                one.segment,
                one.variant,
                one.released_at,
                one.firings,
                None if one.revenue is None else Decimal(one.revenue),
            )
            for one in decoded.exposures
        ],
        [(one.time, Decimal(one.amount)) for one in decoded.orders],
        Decimal(decoded.spent or 0),
        decoded.mixed,
    )


AMOUNTS = ["80", "80.50", "0", "0.00", "1e2", "19.99", "9007199254740993"]
who = st.integers(0, 1)
segments = st.sampled_from(SEGMENTS)
STEPS = [1, HOUR // 2, 2 * HOUR, WITHIN, WITHIN + 1, 26 * HOUR]
steps = st.sampled_from([0, 0, 0, 0, 0, 0, *STEPS])
back = st.sampled_from([0, 0, 0, 0, *STEPS, 40 * HOUR])
variants = st.sampled_from(["", "", "x"])
often = st.sampled_from([*[1] * 20, 2, 127, 130])
some = st.lists(segments, min_size=1, max_size=2)
told = st.tuples(st.just("tell"), who, steps, back, segments, variants, often)
ordered = st.tuples(st.just("order"), who, steps, back, st.sampled_from(AMOUNTS))
Operation = tuple[Any, ...]
operations = st.one_of(
    told,
    told,
    ordered,
    ordered,
    st.tuples(st.just("cancel"), who, steps, back, segments),
    st.tuples(st.just("mix"), who, steps, back, some),
    st.tuples(st.sampled_from(["join", "erase"]), who, steps, back),
)


# Two exposures of one segment at one instant, of which a merge has left both.
TWINS: list[tuple[Operation, bool]] = [
    (("tell", 0, 0, 0, "a", "", 1), False),
    (("tell", 1, 0, 0, "a", "", 1), False),
    (("mix", 0, 0, 0, ["a"]), False),
    (("join", 1, 0, 0), False),
    (("order", 1, 1, 0, "80"), False),
]


@example(TWINS)
@settings(max_examples=examples(300))
@given(
    st.lists(st.tuples(operations, st.sampled_from([False, False, True])), min_size=20, max_size=60)
)
def test_bytes_say_what_lists_would(course: list[tuple[Operation, bool]]) -> None:
    engine, counted = Engine(), Counted()
    models = [Model(), Model()]
    now = 1_795_255_200_000
    with localcontext(prec=100):
        for (kind, one, step, late, *more), is_former in course:
            now += step
            assert engine.counter.emission is not None
            engine.counter.emission.now = counted.now = now
            do(engine, counted, models, (kind, one, now - late, *more))
            engine.rest(is_former)
            for states, model in zip(engine.states, models, strict=True):
                assert facts_of(decode_exposures(packed(states.get(COLUMN)))) == model
        found = {where: nonzero(figures) for where, figures in counted.figures.items()}
        assert nonzero(engine.figures()) == nonzero(found)


def do(engine: Engine, counted: Counted, models: list[Model], operation: Operation) -> None:
    """The same to both."""
    kind, one, at, *more = operation
    states = engine.states[one]
    if kind == "tell":
        segment, variant, often = more
        for _ in range(often):
            engine.tell(one, segment, variant, at)
            counted.tell(models[one], segment, variant, at)
    elif kind == "order":
        engine.order(one, at, more[0])
        counted.order(models[one], at, Decimal(more[0]))
    elif kind == "cancel" and states:
        state = states[COLUMN]
        states[COLUMN] = engine.exposures.take_back(packed(state), more[0], at, engine.counter)
        counted.cancel(models[one], more[0], at)
    elif kind == "mix":
        state = packed(states.get(COLUMN))
        states[COLUMN] = engine.exposures.mix(state, more[0], engine.counter)
        counted.mix(models[one], more[0])
    elif kind == "join" and all(engine.states):
        other = engine.states[1 - one].pop(COLUMN)
        states[COLUMN] = engine.exposures.join(states[COLUMN], other, engine.ctx)
        models[one], models[1 - one] = joined(models[one], models[1 - one]), Model()
    elif kind == "erase":
        states.clear()
        models[one] = Model()


def nonzero(found: dict[Any, Any]) -> dict[Any, Any]:
    return {name: value for name, value in found.items() if value}


names = st.text(max_size=40)
instants = st.integers(-62_135_596_800_000, 253_402_300_799_999)
firings = st.integers(1, 2**33)
revenues = st.sampled_from([None, 7, "1.50"])


@settings(max_examples=examples(300))
@given(
    st.lists(st.tuples(names, names, instants, firings, revenues), max_size=MOST),
    st.lists(st.tuples(instants, st.sampled_from([0, 80, "80.50"])), max_size=MOST),
    st.sampled_from([(None, 0), (24_323, 1), (24_323, 2**64 - 1)]),
    st.lists(names, max_size=3),
)
def test_nothing_of_a_former_state_is_lost(
    exposures: list[Any], orders: list[Any], cohort: tuple[int | None, int], mixed: list[str]
) -> None:
    former: list[Any] = [[*map(list, exposures)], [*map(list, orders)], *cohort, "3.50"]
    if mixed:
        former.append(mixed)
    assert as_formerly(decode_exposures(packed(former))) == former
