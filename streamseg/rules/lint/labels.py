"""Scores, stages and moves that no contact can have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from streamseg.core.conditions.base import Condition
from streamseg.core.conditions.moved import DOWN, UP, Moved
from streamseg.core.conditions.narrowed import Narrowed
from streamseg.core.labels.lifecycle import YEAR_MS, OwnGap, Stages
from streamseg.core.segments.rule_set import RuleSet
from streamseg.core.values.predicates import Comparison
from streamseg.rules.document import Node
from streamseg.rules.lint.bounds import can_pass
from streamseg.rules.lint.uses import Uses, fields_of, listed, scores_in
from streamseg.rules.reading import Scope
from streamseg.rules.value.lifecycle import LifecycleKind
from streamseg.rules.value.terms import DEFAULT_STAGES

_USUAL: Final = 5  # scores, where `value.rfm` gives no cuts of recency
_LIFECYCLE: Final = "lifecycle"
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


def never_at(root: Node, uses: Sequence[Uses]) -> Iterator[tuple[Node, str]]:
    """Stages of the lifecycle that nobody reaches by what the file says of them."""
    why = _unreached(root)
    for segment in uses:
        asked = [leaf.at("lifecycle") for leaf in segment.leaves if "lifecycle" in fields_of(leaf)]
        for names in map(listed, [*asked, *_ends(segment)]):
            if all(name.value in why for name in names):  # beside others a name does no harm
                yield names[0], f"nobody is ever `{names[0].value}`: {why[names[0].value]}"


def _ends(segment: Uses) -> list[Node]:
    """From where and to where moves of the lifecycle are asked for."""
    given = fields_of(segment.fields["with"]) if "with" in segment.fields else {}
    template = segment.fields["use"].value if "use" in segment.fields else None
    is_any_label = template == "moved" and "of" in given and given["of"].value == _LIFECYCLE
    if template != "lifecycle_moved" and not is_any_label:
        return []
    return [given[name] for name in ("from", "to") if name in given]


def _unreached(root: Node) -> dict[str, str]:
    """The stages that nobody reaches, each with why, and the way out."""
    value = fields_of(root).get("value")
    given = None if value is None else fields_of(value).get(_LIFECYCLE)
    stages = DEFAULT_STAGES if given is None else LifecycleKind().read(given, Scope("", []))
    found = {}
    if stages.vip is None:
        found["vip"] = "say under `value: {lifecycle: {vip: …}}` what a vip has spent"
    if stages.loyal == 1 and _at_risk(stages) <= YEAR_MS:
        way_out = "with `loyal: 1` the first order makes a contact loyal; give a higher number"
        found |= dict.fromkeys(("new", "returned", "active"), way_out)
    return found


def _at_risk(stages: Stages) -> int:
    """After how long without an order a contact is at risk at the latest."""
    at_risk = stages.at_risk
    return max(at_risk.most, at_risk.otherwise) if isinstance(at_risk, OwnGap) else at_risk


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
