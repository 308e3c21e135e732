"""Where the host gets its engine from: one task of the core for each partition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from streamseg.core.rule_set import RuleSet
from streamseg.core.task import Task
from streamseg.formats.naming import IN_CLEAR, Naming
from streamseg.observe.stats import RulesInForce


@dataclass(frozen=True)
class Engine:
    """Makes the engine's tasks, by partition number.

    Of events also by how many partitions there are, which tells where a contact is at home.
    """

    partition: Callable[[int, int], Task]  # of events
    catalog: Callable[[int], Task]  # of products
    segments: tuple[str, ...] = ()  # their names, for the counters
    is_counting: bool = False  # how many are in segments, and what comes of triggers
    rules: RulesInForce | None = None
    rule_set: RuleSet | None = None  # for questions about contacts; without it none are answered
    naming: Naming = IN_CLEAR  # how contacts are called in what is told, and in the log
