"""Consents: each has an answer, yes or no; the latest answer by event time holds."""

from __future__ import annotations

from typing import Any

from streamseg.core.events import Event
from streamseg.core.features.base import (
    CHANGED,
    FOREVER,
    IGNORED,
    INSTANT_BYTES,
    UNCHANGED,
    Memory,
    SharedFeature,
    States,
    UpdateContext,
)
from streamseg.core.features.wording import moment
from streamseg.core.values.predicates import Where, field_at

Stop = tuple[str, Where | None]


class Answer(SharedFeature):
    """The last answer; state is ``[is it a yes, instant]``.

    A ``contact_updated`` with the first field of the ``grant`` path is an answer: yes where the
    path leads to ``true``, else no, as the update replaces all below that field. A ``stops`` event
    of the ``channel`` is a no. Of two answers of one instant the no holds.
    """

    where: Where | None = None
    outlives_objection = True

    def __init__(self, grant: str, channel: str | None, stops: tuple[Stop, ...]) -> None:
        self._path = tuple(grant.split("."))
        self._channel = channel
        self._stops = stops
        named = dict.fromkeys(event_type for event_type, _ in stops)
        self.types: tuple[str, ...] | None = ("contact_updated", *named)

    @property
    def column_key(self) -> tuple[Any, ...]:
        stops = tuple((one, "" if where is None else where.text) for one, where in self._stops)
        return ("answer", self._path, self._channel, stops)

    @property
    def memory(self) -> Memory:
        """What is remembered, in words."""
        return Memory(
            what=f"the last answer to `{'.'.join(self._path)}`, yes or no, and when it was given",
            until="the next answer takes its place",
            typical=2 + INSTANT_BYTES,
            most=2 + INSTANT_BYTES,
        )

    def reads(self) -> list[str]:
        tested = [path for _, where in self._stops if where is not None for path in where.paths]
        channel = ["channel"] if self._stops else []
        return [f"attributes.{'.'.join(self._path)}", *channel, *tested]

    def readable(self, state: Any) -> Any:
        return {"answer": "yes" if state[0] else "no", "at": moment(state[1])}

    def update(self, states: States, column: int, event: Event, ctx: UpdateContext) -> int:
        if event.type == "contact_updated":
            if self._path[0] not in event.data:
                return IGNORED
            says_yes = field_at(event.data, self._path) is True
        elif self._stops_by(event):
            says_yes = False
        else:
            return IGNORED
        kept = states.get(column)
        if kept is not None:
            if event.time < kept[1]:
                return UNCHANGED
            if event.time == kept[1] and not kept[0]:
                says_yes = False
        states[column] = [says_yes, event.time]
        return CHANGED

    def join(self, older: list[Any], newer: list[Any], ctx: UpdateContext) -> list[Any]:
        """The keeper's answer (``newer``), unless the other id has a no that is not older than the
        keeper's yes: a merge must not turn a no into a yes.
        """
        is_refused = newer[0] and not older[0] and older[1] >= newer[1]
        return older if is_refused else newer

    def _stops_by(self, event: Event) -> bool:
        if event.data.get("channel") != self._channel:
            return False
        for event_type, where in self._stops:
            if event_type == event.type and (where is None or where(event.data)):
                return True
        return False


class Consent:
    """A consent by its name. A yes lasts [t, t + ``expires``), in ms (FOREVER: without end)."""

    def __init__(self, name: str, answer: Answer, expires: int = FOREVER) -> None:
        self.name = name
        self.answer = answer
        self.expires = expires
        self.column = -1  # of the answer among the contact's features

    def holds(self, state: list[Any] | None, instant: int) -> bool:
        """Whether an answer is a yes at an instant; no answer counts as no."""
        return state is not None and bool(state[0]) and instant < state[1] + self.expires
