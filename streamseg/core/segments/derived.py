"""Segments that the engine adds to those of the rule file: to keep the moves of labels, to follow
up predictions, to find contacts to erase, and so on.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

from streamseg.core.conditions.attribute import AttributeIs
from streamseg.core.conditions.follows_up import FollowsUp
from streamseg.core.conditions.label import LabelIs
from streamseg.core.conditions.moved import KeepsMoves
from streamseg.core.conditions.outward import Outward
from streamseg.core.conditions.predicted import Predicted
from streamseg.core.conditions.unseen import Unseen
from streamseg.core.labels.base import Label
from streamseg.core.segments.definitions import Definition, Episode, Rung
from streamseg.core.values.predicates import Comparison

CUSTOMERS: Final = "lifecycle: customers"
OBJECTING: Final = "privacy: profiling"


def keeper_of(label: Label) -> Definition:
    """The segment that keeps the moves of a label. A rule change keeps them while the label's names
    are the same.
    """
    return Definition(
        name=f"moves of {label.name}",
        version=_digest(label.text),
        kind=f"moves of {label.names}",
        rungs=[Rung(None, KeepsMoves(label))],
        episode=Episode(),
        keeps=label,
        besides_model=None if label.besides_model is None else _digest(label.besides_model),
    )


def customers_of(label: Label) -> Definition:
    """The segment of the contacts that have ordered and are not lost, by their life cycle stage."""
    names = tuple(name for name in label.names if name not in ("prospect", "lost"))
    return Definition(
        name=CUSTOMERS,
        version=_digest(label.text),
        kind="customers",
        rungs=[Rung(None, LabelIs(label, names))],
        episode=Episode(),
    )


def follower_of(predicted: Predicted) -> Definition:
    """The segment that follows up a prediction."""
    version = _digest(predicted.text)
    follows = FollowsUp(predicted)
    return Definition(
        name=f"outcomes of {version}",
        version=version,
        kind="outcomes",
        rungs=[Rung(None, follows)],
        episode=Episode(),
        follows=follows,
    )


def unseen_for(wait: int) -> Definition:
    """The segment of the contacts without activity for ``wait`` ms."""
    return Definition(
        name="privacy: forget_after",
        version=str(wait),
        kind="privacy: forget_after",
        rungs=[Rung(None, Unseen(wait))],
        episode=Episode(),
    )


def objecting_to_profiling(path: str) -> Definition:
    """The segment of the contacts that object to profiling: the attribute at ``path`` is false."""
    return Definition(
        name=OBJECTING,
        version=path,
        kind=f"{OBJECTING} {path}",
        rungs=[Rung(None, AttributeIs(path, Comparison({"eq": False})))],
        episode=Episode(),
    )


def outward_of(definition: Definition) -> Definition:
    """The segment through which the membership of another segment is told: its members are those
    members of the other one that have given a consent.
    """
    stays = [
        Outward(definition.name, one.condition, definition.consents) for one in definition.rungs
    ]
    asked = [[*one.answer.column_key, one.expires] for one in definition.consents]
    besides = definition.besides_model
    return Definition(
        name=f"membership of {definition.name}",
        version=_digest(f"{definition.version} {asked}"),
        kind=definition.kind,
        rungs=[Rung(one.label, stay) for one, stay in zip(definition.rungs, stays, strict=True)],
        episode=Episode(anchor=stays[0].anchor),
        per=definition.per,
        membership=True,
        max_keys=definition.max_keys,
        fires_on_deploy=definition.fires_on_deploy,
        besides_model=None if besides is None else _digest(f"{besides} {asked}"),
    )


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=6).hexdigest()
