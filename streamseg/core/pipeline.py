"""The stages between a record and what is told of it, each with those that it hands on to."""

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
    """What evaluates and emits, over what a partition keeps.

    After a rollback there is another one: this may be in the middle of a record. ``outcomes`` are
    what was told since the last take.
    """

    def __init__(self, kept: Kept, stale_after: int, slice_size: int | None) -> None:
        rules, contacts, products = kept.rules, kept.contacts, kept.products
        self.outcomes: list[Any] = []
        self.transitions = transitions = Transitions(kept.lateness, stale_after)
        self.emission, self.gate = transitions.emission, transitions.gate
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
        kept.evaluator, kept.scheduler = evaluator, scheduler
        if kept.counts is not None:
            kept.counts.emission = self.emission
        if kept.tables is not None:
            kept.tables.evaluator, kept.tables.settle = evaluator, scheduler.settle
        departures = Departures(kept, evaluator, scheduler)
        merger = Merger(kept, evaluator, fan_out, scheduler)
        self.identities = Identities(kept, departures, merger, self.outcomes)

    def take_outcomes(self) -> list[Any]:
        """What was told since the last call, in its order."""
        told = self.outcomes[:]
        self.outcomes.clear()
        return told
