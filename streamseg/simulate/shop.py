"""The shop as a whole: who comes when, and its events in the order of time."""

from collections.abc import Iterator
from math import inf

from streamseg.simulate.floor import Floor
from streamseg.simulate.lines import ShopEvent
from streamseg.simulate.mailings import message
from streamseg.simulate.plan import ShopPlan
from streamseg.simulate.schedule import Process
from streamseg.simulate.visits import visit, visit_before_signing_in
from streamseg.simulate.warehouse import open_shop, price_changes, sell_outs

# Measured over long runs: how many events of all kinds come of one arrival (tests hold it to 20 %).
_EVENTS_PER_ARRIVAL = 6.0
_MESSAGES_AMONG_ARRIVALS = 0.25


def simulate(
    plan: ShopPlan, *, events: int | None = None, seconds: float | None = None
) -> Iterator[ShopEvent]:
    """The shop's events of both kinds in the order of their times; without a limit, without end.

    `events` ends the run after so many events, `seconds` before the first event so many seconds of
    the shop's time after its start.
    """
    floor = Floor(plan)
    for process in (open_shop(floor), _arrivals(floor), sell_outs(floor), price_changes(floor)):
        floor.schedule.start(process)
    end_ms = inf if seconds is None else plan.start_ms + seconds * 1000
    told = 0
    while True:
        floor.schedule.step()
        if floor.schedule.now_ms >= end_ms:
            return
        for event in floor.take():
            if told == events:
                return
            told += 1
            yield event


def _arrivals(floor: Floor) -> Process:
    """Visits and messages, at whatever instants; they share the rate that the plan asks for."""
    while True:
        yield floor.wait(_EVENTS_PER_ARRIVAL / floor.plan.rate)
        contact = floor.pick_contact()
        if floor.happens(_MESSAGES_AMONG_ARRIVALS):
            floor.schedule.start(message(floor, contact))
        elif floor.plan.guests and floor.happens(floor.plan.guests):
            floor.schedule.start(visit_before_signing_in(floor, contact))
        else:
            floor.schedule.start(visit(floor, contact))
