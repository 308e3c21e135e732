"""Segments as the rules define them, before they are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from streamseg.core.conditions.base import Anchor, Condition, EvalContext
from streamseg.core.conditions.follows_up import FollowsUp
from streamseg.core.contact import Contact
from streamseg.core.labels.base import Label
from streamseg.core.policies.answers import Consent
from streamseg.core.policies.policy import Policy
from streamseg.core.predicates import Where

MAX_KEYS: Final = 64


class TriggerOptions(msgspec.Struct, frozen=True):
    """When a trigger is held back, and what it carries. Durations in ms; None: no bound."""

    cooldown: int | None = None
    limit: int | None = None
    context: tuple[str, ...] | None = None
    cancel: bool = True


class Rung(msgspec.Struct, frozen=True):
    """One stage of a segment: its label in the output (None where there is one stage only)."""

    label: str | None
    condition: Condition


class Episode(msgspec.Struct, frozen=True):
    """What a template says of an episode.

    ``anchor`` names what opened it, an instant or a text (None: the instant of entering does), and
    ``context`` what a message needs to know of it; both are asked in a context in which the rung
    holds. With another anchor it is another episode, even if the rung held all the time. ``once``:
    a rung fires once in a contact's life, however often they enter. ``recalls``: whether a contact
    may enter the episode of an anchor again after another one fired, as what opened that is undone
    (None: nobody may); it is told once all the same, and not at all if it was entered silently.
    ``before``: where anchors are texts that begin with an instant, and ascend, the one that goes on
    if the last episode turns out to be none, of these alone (None: there is none). It is told once,
    too, and it takes no memory where it was told.
    ``is_quiet``: whether what opened it is nothing to tell of, as the contact did not do it.
    ``interest`` gives when the interest was shown that an entry uses up, where it does.
    """

    anchor: Callable[[EvalContext], Anchor] | None = None
    context: Callable[[EvalContext], dict[str, Any]] = lambda ctx: {}
    once: bool = False
    recalls: Callable[[Contact, Anchor], bool] | None = None
    before: Callable[[Contact], Anchor | None] | None = None
    is_quiet: Callable[[EvalContext], bool] | None = None
    interest: Callable[[EvalContext], int | None] | None = None


class Definition(msgspec.Struct, kw_only=True):
    """A segment as the rules define it.

    ``version`` is a hash of the normalised definition, ``kind`` the template, ``when`` or ``on``:
    only within a kind may memberships be carried over. ``per`` names the field of the key.
    ``on`` makes an instant rule: event type and a test of its data; its one rung's condition is
    the ``when`` (None: none). ``trigger`` None: nothing is fired. ``policy`` None: nothing but the
    trigger's own options holds it back. ``membership``: entries and exits are told; with
    ``consents``, only while one of them is given. Nobody is ever in one that ``keeps`` the moves of
    a label, or that ``follows`` up a prediction.
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
