"""Segments as the rules define them, before they are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from streamseg.core.conditions.base import Anchor, Condition, EvalContext
from streamseg.core.conditions.follows_up import FollowsUp
from streamseg.core.contacts.contact import Contact
from streamseg.core.labels.base import Label
from streamseg.core.policies.answers import Consent
from streamseg.core.policies.policy import Policy
from streamseg.core.values.predicates import Where

MAX_KEYS: Final = 64


class TriggerOptions(msgspec.Struct, frozen=True):
    """The options of ``trigger:``. Durations in ms; None: no bound."""

    cooldown: int | None = None
    limit: int | None = None
    context: tuple[str, ...] | None = None
    cancel: bool = True


class Rung(msgspec.Struct, frozen=True):
    """A rung of a segment: its condition, and its label in the output (None: the only rung)."""

    label: str | None
    condition: Condition


class Episode(msgspec.Struct, frozen=True):
    """What a template defines about its episodes. All functions are called only while the rung
    holds.

    - ``anchor``: what began the episode, an instant or a text (None: the instant of the entry).
      Another anchor is another episode, even if the rung held all the time.
    - ``context``: the context of a message.
    - ``once``: a rung fires once in a contact's life, however often the contact enters.
    - ``can_return``: whether the contact may enter the episode of an anchor again after another
      episode has fired, because an event undoes what opened the other one (None: never). The
      episode is told at most once all the same, and not at all if it was first entered silently.
    - ``earlier``: the anchor of the episode that goes on if a late event undoes the last one (None:
      there is none). Only for anchors that are texts, begin with an instant, and ascend. That
      episode is told at most once, too. Its anchor is kept only while it is not told.
    - ``is_silent``: whether to enter without a trigger, because the contact did not open the
      episode itself (a new quantile table did).
    - ``interest``: when the interest was shown that an entry uses up, if it uses up one.
    """

    anchor: Callable[[EvalContext], Anchor] | None = None
    context: Callable[[EvalContext], dict[str, Any]] = lambda ctx: {}
    once: bool = False
    can_return: Callable[[Contact, Anchor], bool] | None = None
    earlier: Callable[[Contact], Anchor | None] | None = None
    is_silent: Callable[[EvalContext], bool] | None = None
    interest: Callable[[EvalContext], int | None] | None = None


class Definition(msgspec.Struct, kw_only=True):
    """A segment as the rules define it.

    - ``version``: a hash of the normalised definition.
    - ``besides_model``: the same hash without the prediction model (None: the segment predicts
      nothing).
    - ``kind``: the template, ``when`` or ``on``. A rule change carries memberships over only within
      a kind.
    - ``per``: the field of the key (None: no keys).
    - ``on``: makes an instant rule of an event type and a test of its data. Its one rung's
      condition is the ``when``.
    - ``trigger``: None if nothing fires.
    - ``policy``: None: only the trigger's own options hold it back.
    - ``membership``: entries and exits are told; with ``consents``, only while one of these is
      given.
    - ``keeps``, ``follows``: the segment has no members. It keeps the moves of a label, or follows
      up a prediction.
    """

    name: str
    version: str
    kind: str
    rungs: list[Rung]
    episode: Episode
    per: str | None = None
    on: tuple[str, Where | None] | None = None
    trigger: TriggerOptions | None = None
    membership: bool = False
    consents: tuple[Consent, ...] = ()
    max_keys: int = MAX_KEYS
    is_ladder: bool = False
    fires_on_deploy: bool = False
    fires_on_table: bool = False
    policy: Policy | None = None
    keeps: Label | None = None
    follows: FollowsUp | None = None
    besides_model: str | None = None
