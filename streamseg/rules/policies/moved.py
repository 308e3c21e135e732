"""Warns of contacts that would get another arm under a rule file than under the former one."""

from __future__ import annotations

from collections.abc import Iterator

from streamseg.core.policies.arms import BUCKETS, Holdout, Split
from streamseg.core.segments.rule_set import RuleSet
from streamseg.rules.document import Node
from streamseg.rules.lint.warnings import RuleWarning

_ANEW = "the seed is another: contacts are drawn anew"


def moved_arms(root: Node, rules: RuleSet, file: str, old: RuleSet) -> list[RuleWarning]:
    """Warnings about the segments of a document whose arms or holdout move contacts."""
    former = {one.name: one for one in old.segments}
    found = []
    for node in root.at("segments").value:
        name = str(node.at("name").value)
        segment = next(one for one in rules.segments if one.name == name)
        before, now = former[name].policy if name in former else None, segment.policy
        if before is None or now is None:
            continue
        place = node.at("policy", "name")
        moved = [*_split(before.split, now.split), *_holdout(before.holdout, now.holdout)]
        found += [RuleWarning(file, place.line, place.column, f"{name!r}: {one}") for one in moved]
    return found


def _split(before: Split | None, now: Split | None) -> Iterator[str]:
    if before is None or now is None:
        return
    if (before.seed, before.by_trigger) != (now.seed, now.by_trigger):
        yield f"{_ANEW} into arms"
        return
    moved = sum(one != other for one, other in zip(_arms(before), _arms(now), strict=True))
    if moved:
        yield (
            f"{_percent(moved)} of those in the split get another arm than before: the weights, or "
            "their order, are others"
        )


def _holdout(before: Holdout | None, now: Holdout | None) -> Iterator[str]:
    if before is None or now is None:
        return
    if before.seed != now.seed:
        yield f"{_ANEW} into the holdout"
    elif now.share < before.share:
        yield f"{_percent(before.share - now.share)} of the contacts leave the holdout"


def _arms(split: Split) -> list[str]:
    """The arm of each bucket."""
    arms = [name for name, share in split.arms for _ in range(share)]
    assert len(arms) == BUCKETS
    return arms


def _percent(buckets: int) -> str:
    return f"{buckets // 100}.{buckets % 100:02d}".rstrip("0").rstrip(".") + "%"
