"""Builds the stages that turn a record into outcomes, and connects them."""

from __future__ import annotations

from typing import Any

from streamseg.core.evaluation.applying import Applier
from streamseg.core.evaluation.evaluator import Evaluator
from streamseg.core.evaluation.transitions import Transitions
from streamseg.core.identity.departures import Departures
from streamseg.core.identity.identities import Identities
from streamseg.core.identity.merging import Merger
from streamseg.core.partition_state import PartitionState
from streamseg.core.products.fan_out import FanOut
from streamseg.core.scheduling import Scheduler


class Pipeline:
    """The stages that evaluate and emit, over the ``state`` of a partition.

    A rollback replaces the pipeline, since a record may have failed in the middle of it.
    ``outcomes`` are the messages since the last take.
    """

    def __init__(self, state: PartitionState, stale_after: int, slice_size: int | None) -> None:
        rules, contacts, products = state.rules, state.contacts, state.products
        self.outcomes: list[Any] = []
        self.transitions = transitions = Transitions(state.lateness, stale_after)
        self.emission, self.firing = transitions.emission, transitions.firing
        self.emission.now = state.now
        self.emission.counts = state.counts
        self.evaluator = evaluator = Evaluator(rules, transitions, products, state.index)
        self.fan_out = fan_out = FanOut(
            evaluator, products, state.passes, state.fact_cache, state.index, state.rule_pass,
            slice_size,
        )  # fmt: skip
        self.scheduler = scheduler = Scheduler(
            state.timers, contacts, evaluator, fan_out, state.passes, state.tables, rules.unseen
        )
        self.applier = Applier(rules, evaluator, transitions, products, fan_out)
        state.waking.evaluator, state.waking.scheduler = evaluator, scheduler
        if state.counts is not None:
            state.counts.exposure_counter.emission = self.emission
        if state.tables is not None:
            state.tables.evaluator, state.tables.bring_to = evaluator, scheduler.bring_to
        departures = Departures(state, evaluator, scheduler)
        merger = Merger(state, evaluator, fan_out, scheduler)
        self.identities = Identities(state, departures, merger, self.outcomes)

    def take_outcomes(self) -> list[Any]:
        """The outcomes since the last call, in order."""
        outcomes = self.outcomes[:]
        self.outcomes.clear()
        return outcomes
