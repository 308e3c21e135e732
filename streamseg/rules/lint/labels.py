"""Scores and moves that no contact can have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from streamseg.core.conditions.base import Condition
from streamseg.core.conditions.moved import DOWN, UP, Moved
from streamseg.core.conditions.narrowed import Narrowed
from streamseg.core.predicates import Comparison
from streamseg.core.rule_set import RuleSet
from streamseg.rules.document import Node
from streamseg.rules.lint.bounds import can_pass
from streamseg.rules.lint.uses import Uses, fields_of, scores_in

_USUAL: Final = 5  # scores, where `value.rfm` gives no cuts of recency
_OTHER_WAY: Final = {UP: DOWN, DOWN: UP}


def never_scored(root: Node, uses: Sequence[Uses]) -> Iterator[tuple[Node, str]]:
    """Scores of RFM beyond the best, or below the worst."""
    known = _scores(root)
    for segment in uses:
        for leaf in segment.leaves:
            for one in scores_in(fields_of(leaf)):
                _, of, _ = one.subject
                most = known[str(of)] if of else next(iter(known.values()))
                asked = Comparison({name: node.plain() for name, node in one.operands.items()})
                if can_pass([one]) and not any(map(asked, range(1, most + 1))):
                    yield one.node, f"{one.name} is a score from 1 to {most}; ask for one of these"


def _scores(root: Node) -> dict[str, int]:
    """How many scores there are, by the name of an RFM."""
    value = fields_of(root).get("value")
    rfm = None if value is None else fields_of(value).get("rfm")
    found = {}
    for name, one in fields_of(rfm).items() if rfm is not None else ():
        cuts = fields_of(one).get("recency")
        quantiles = None if cuts is None else fields_of(cuts).get("quantiles")
        if quantiles is not None:
            found[name] = int(quantiles.value)
        else:
            found[name] = _USUAL if cuts is None else len(cuts.value) + 1
    return found


def never_moved(uses: Sequence[Uses], rules: RuleSet) -> Iterator[tuple[Node, str]]:
    """Moves against their direction, and to where they come from."""
    for segment, compiled in zip(uses, rules.defined, strict=True):
        move = _template(compiled.rungs[0].condition)
        if not isinstance(move, Moved) or move.can_be:
            continue
        given = fields_of(segment.fields["with"])
        if "direction" not in given:
            yield given["to"], "a move leads to another name than it comes from; name another"
            continue
        way, names = given["direction"].value, ", ".join(move.label.names)
        other = f"write {_OTHER_WAY[way]}, or leave it out"
        yield (
            given["direction"],
            f"no move {way} leads there, as the names ascend: {names}; {other}",
        )


def _template(condition: Condition) -> Condition:
    return condition.parts[0] if isinstance(condition, Narrowed) else condition
