"""The engine as the host gets it: factories of the core's tasks, one task for each partition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from streamseg.core.segments.rule_set import RuleSet
from streamseg.core.task import Task
from streamseg.formats.naming import IN_CLEAR, Naming
from streamseg.observe.stats import RulesInForce


@dataclass(frozen=True)
class Engine:
    """Makes the engine's tasks, by partition number.

    A task of events needs the number of partitions, too: it tells which contacts are at home there.
    """

    partition: Callable[[int, int], Task]  # of events
    catalog: Callable[[int], Task]  # of products
    segments: tuple[str, ...] = ()  # their names, for the counters
    is_counting: bool = False  # whether the rules ask for counts
    rules: RulesInForce | None = None
    rule_set: RuleSet | None = None  # None: questions about contacts are not answered
    naming: Naming = IN_CLEAR  # ids or pseudonyms of contacts, in outputs and in the log
