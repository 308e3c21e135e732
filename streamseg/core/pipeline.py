"""Builds the stages that turn a record into outcomes, and connects them."""

from __future__ import annotations

from typing import Any

from streamseg.core.applying import Applier
from streamseg.core.departures import Departures
from streamseg.core.evaluation import Evaluator
from streamseg.core.fan_out import FanOut
from streamseg.core.identities import Identities
from streamseg.core.kept import Kept
from streamseg.core.merging import Merger
from streamseg.core.scheduling import Scheduler
from streamseg.core.transitions import Transitions


class Pipeline:
    """The stages that evaluate and emit, over the state ``kept`` of a partition.

    A rollback replaces the pipeline, since a record may have failed in the middle of it.
    ``outcomes`` are the messages since the last take.
    """

    def __init__(self, kept: Kept, stale_after: int, slice_size: int | None) -> None:
        rules, contacts, products = kept.rules, kept.contacts, kept.products
        self.outcomes: list[Any] = []
        self.transitions = transitions = Transitions(kept.lateness, stale_after)
        self.emission, self.firing = transitions.emission, transitions.firing
        self.emission.now = kept.now
        self.emission.counts = kept.counts
        self.evaluator = evaluator = Evaluator(rules, transitions, products, kept.index)
        self.fan_out = fan_out = FanOut(
            evaluator, products, kept.passes, kept.fact_cache, kept.index, kept.rule_pass,
            slice_size,
        )  # fmt: skip
        self.scheduler = scheduler = Scheduler(
            kept.timers, contacts, evaluator, fan_out, kept.passes, kept.tables, rules.unseen
        )
        self.applier = Applier(rules, evaluator, transitions, products, fan_out)
        kept.waking.evaluator, kept.waking.scheduler = evaluator, scheduler
        if kept.counts is not None:
            kept.counts.book.emission = self.emission
        if kept.tables is not None:
            kept.tables.evaluator, kept.tables.bring_to = evaluator, scheduler.bring_to
        departures = Departures(kept, evaluator, scheduler)
        merger = Merger(kept, evaluator, fan_out, scheduler)
        self.identities = Identities(kept, departures, merger, self.outcomes)

    def take_outcomes(self) -> list[Any]:
        """The outcomes since the last call, in order."""
        outcomes = self.outcomes[:]
        self.outcomes.clear()
        return outcomes
