"""Telling entries and exits: triggers, decisions and membership records."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import msgspec

from streamseg.core.conditions.base import Frame
from streamseg.core.conditions.wording import events_text
from streamseg.core.contact import Contact
from streamseg.core.definitions import TriggerOptions
from streamseg.core.events import Event
from streamseg.core.features.base import States
from streamseg.core.membership import (
    ANCHOR,
    ENTERED_AT,
    FIRED_ANCHOR,
    FIRED_AT,
    FIRED_COUNT,
    IN,
    NO_EVENT,
    OUT,
    PENDING,
    SAME,
    STATUS,
    TOLD,
    Place,
    has_fired,
    note_entry,
    note_exit,
)
from streamseg.core.outcomes import CANCELLED, ENTERED, EXITED, FIRED, SUPPRESSED, Outcome
from streamseg.core.pending import (
    DUE,
    ENTRY_ANCHOR,
    KEY,
    LEFT_AT,
    RUNG,
    SEGMENT,
    STAY_ENTERED_AT,
    STORY,
    ends,
    is_entry,
    is_of,
)
from streamseg.core.predicates import field_at
from streamseg.core.segments import Segment
from streamseg.core.timestamps import format_clock, format_time

_UNTOLD_STORY: Final[dict[str, Any]] = {"context": {}, "why": []}
_NO_STORY: Final = '{"context":{},"why":[]}'
_encode: Final = msgspec.json.Encoder(decimal_format="number").encode
_decode_story: Final = msgspec.json.Decoder(float_hook=Decimal).decode

SortKey = tuple[int, int, bytes, int, str, int]


class Teller:
    """Tells entries and exits: at once, or when ``now`` has gone ``lateness`` past them.

    ``now`` and ``wall`` are set by the caller before each step; what was ``told`` since the last
    ``drain`` comes out of it in order. While ``silent``, who enters does so untold; while
    ``deferring``, who enters a segment that asks about others is pending whatever ``now`` is: how
    long they stay shows only as those others are decided; while ``following``, what is told comes
    after what an event itself brings about. ``event`` is the contact's event that is decided on,
    for the context of who enters by it.
    """

    def __init__(self, lateness: int, stale_after: int) -> None:
        self.now = 0
        self.wall: int | None = None
        self.silent = False
        self.deferring = False
        self.following = False
        self.event: Event | None = None
        self._lateness = lateness
        self._stale_after = stale_after
        self.told: list[tuple[SortKey, Outcome]] = []

    def drain(self, into: list[Any]) -> None:
        """Move what was told to a list: cancellations first, then by instant, contact, segment,
        key and rung; last what followed.
        """
        told = self.told
        if not told:
            return
        if len(told) > 1:
            told.sort(key=_sort_key)
        into.extend([outcome for _, outcome in told])
        self.told = []

    # -- changes ---------------------------------------------------------------------------

    def enter(self, place: Place, frame: Frame, instant: int, until: int, by_time: bool) -> None:
        """The contact is in from ``instant`` on, and time alone does not change that before
        ``until``.
        """
        segment, slot, contact = place.segment, place.slot, place.contact
        definition = segment.definition
        anchor = instant if segment.anchor is None else segment.anchor(frame)
        is_repeat = has_fired(segment, slot, anchor)
        note_entry(place, instant, anchor)
        in_its_turn = (self.deferring and segment.asks) or instant + self._lateness > self.now
        waits = by_time and not self.silent and in_its_turn
        if contact.pending and not waits:
            self._tell_stays(place)
        if self.silent:
            if definition.membership:
                self._tell_membership(place, instant, anchor, "rules_changed")
            return
        if definition.trigger is None and not definition.membership:
            return
        if waits:
            slot[STATUS] = PENDING
            # Of an episode that has fired there is nothing to hold back.
            story = "" if is_repeat else _encode(self._story(place, frame, instant)).decode()
            contact.pending.append(
                [instant, segment.index, place.key, place.rung, anchor, None, story, None]
            )
            return
        reason = None
        if by_time and self._leaves_soon(place, frame, instant, until):
            reason = "left"
        frame.event = None if by_time else self.event
        told = self._story(place, frame, instant)
        frame.event = None
        self._tell_entry(place, told, reason, by_time)

    def exit(self, place: Place, instant: int, event_time: int) -> None:
        """The contact is out from ``instant`` on, by an event of ``event_time`` (or NO_EVENT)."""
        segment, slot, contact = place.segment, place.slot, place.contact
        definition = segment.definition
        status = slot[STATUS]
        note_exit(place, instant)
        if self.silent:
            if definition.membership:
                self._tell_exit(place, slot[ENTERED_AT], slot[ANCHOR], instant, "rules_changed")
            return
        if status == PENDING:
            for entry in contact.pending:
                if is_of(entry, place) and is_entry(entry) and entry[LEFT_AT] is None:
                    entry[LEFT_AT] = instant
            if event_time != NO_EVENT:
                return
        if status == TOLD and event_time < slot[ENTERED_AT]:
            assert definition.trigger is not None
            if definition.trigger.cancel:
                self._cancel(place, instant)
        if definition.membership:
            is_early = instant + self._lateness > self.now
            is_pending = is_early or status == PENDING  # that they entered is to be told before
            if event_time == NO_EVENT and is_pending:
                where = segment.index, place.key, place.rung
                contact.pending.append([instant, *where, slot[ANCHOR], None, "", slot[ENTERED_AT]])
            else:
                cause = "time" if event_time == NO_EVENT else "event"
                self._tell_exit(place, slot[ENTERED_AT], slot[ANCHOR], instant, cause)

    def fire_instantly(self, place: Place, frame: Frame, time: int, name: str) -> None:
        """An instant rule fires for the event ``name`` of ``time``."""
        anchor = f"{format_time(time)}#{name}"
        story = self._story(place, frame, time)
        on = place.segment.definition.on
        assert on is not None
        story["why"] = [
            f"{events_text((on[0],), on[1])} at {format_clock(time, time)}",
            *story["why"],
        ]
        self._fire(place, self._outcome(place, FIRED, time, anchor, story), None)

    def tell_due(
        self, contact: Contact, until: int, frames: Any, leaves: Callable[[Place, int], bool]
    ) -> None:
        """Tell what is pending of a contact and of an instant up to ``until``.

        ``frames`` gives (place, frame) of a pending entry, None where its key was forgotten;
        ``leaves`` whether time alone ends a membership before an instant.
        """
        due = [entry for entry in contact.pending if entry[DUE] <= until]
        contact.pending = [entry for entry in contact.pending if entry[DUE] > until]
        for entry in due:
            found = frames(contact, entry[SEGMENT], entry[KEY], entry[RUNG])
            if found is None:
                continue
            place, frame = found
            if not is_entry(entry):
                self._tell_exit(
                    place, entry[STAY_ENTERED_AT], entry[ENTRY_ANCHOR], entry[DUE], "time"
                )
            else:
                self._tell_pending(entry, place, frame, leaves)

    def forget(
        self, contact: Contact, segment: Segment, key: str | None, slots: States, cause: str
    ) -> None:
        """A segment is forgotten, for a key or whole: who is in leaves, what waits is held back."""
        self.forget_waiting(contact, segment, key, slots)
        for rung in range(len(segment.rungs)):
            slot = slots.get(segment.first_slot + rung)
            if slot is not None and slot[STATUS] != OUT and segment.definition.membership:
                place = Place(contact, segment, key, rung, slot)
                self._tell_exit(place, slot[ENTERED_AT], slot[ANCHOR], contact.latest, cause)

    def forget_waiting(
        self, contact: Contact, segment: Segment, key: str | None, slots: States
    ) -> None:
        """Hold back what waits to be told of a segment, for a key or whole; who waits is out."""
        before = contact.pending
        contact.pending = [
            one for one in before if one[SEGMENT] != segment.index or one[KEY] != key
        ]
        for entry in before:
            if entry[SEGMENT] != segment.index or entry[KEY] != key:
                continue
            slot = slots[segment.first_slot + entry[RUNG]]
            place = Place(contact, segment, key, entry[RUNG], slot)
            if not is_entry(entry):
                if segment.definition.membership and not any(ends(entry, one) for one in before):
                    where = entry[STAY_ENTERED_AT], entry[ENTRY_ANCHOR], entry[DUE]
                    self._tell_exit(place, *where, "time")
                continue
            if slot[STATUS] == PENDING:
                slot[STATUS] = OUT
            if entry[STORY] and segment.definition.trigger is not None:
                story = _decode_story(entry[STORY])
                outcome = self._outcome(place, SUPPRESSED, entry[DUE], entry[ENTRY_ANCHOR], story)
                outcome.reason = "forgotten" if entry[LEFT_AT] is None else "left"
                self._emit(place, outcome)

    # -- telling ---------------------------------------------------------------------------

    def _tell_pending(
        self,
        entry: list[Any],
        place: Place,
        frame: Frame,
        leaves: Callable[[Place, int], bool],
    ) -> None:
        story = _decode_story(entry[STORY] or _NO_STORY)
        if entry[LEFT_AT] is not None:
            if any(ends(one, entry) for one in place.contact.pending):
                self._tell_membership(place, entry[DUE], entry[ENTRY_ANCHOR], "time")
            if entry[STORY] and place.segment.definition.trigger is not None:
                outcome = self._outcome(place, SUPPRESSED, entry[DUE], entry[ENTRY_ANCHOR], story)
                outcome.reason = "left"
                self._emit(place, outcome)
            return
        place.slot[STATUS] = IN
        if place.segment.asks:
            left = leaves(place, entry[DUE] + self._lateness)
        else:
            start = max(entry[DUE], place.contact.latest)
            left = self._leaves_soon(place, frame, entry[DUE], start)
        self._tell_entry(place, story, "left" if left else None, by_time=True)

    def _leaves_soon(self, place: Place, frame: Frame, entered_at: int, instant: int) -> bool:
        """Whether time alone makes the contact leave before the entry was to be told; until
        ``instant`` it does not.
        """
        until = entered_at + self._lateness
        condition = place.segment.rungs[place.rung].condition
        while instant < until:
            holds, instant_of_change = condition.at(frame, instant)
            if not holds:
                return True
            instant = instant_of_change
        return False

    def _tell_entry(
        self, place: Place, story: dict[str, Any], reason: str | None, by_time: bool
    ) -> None:
        slot = place.slot
        definition = place.segment.definition
        if definition.membership:
            cause = "time" if by_time else "event"
            self._tell_membership(place, slot[ENTERED_AT], slot[ANCHOR], cause)
        if definition.trigger is not None and not has_fired(place.segment, slot, slot[ANCHOR]):
            outcome = self._outcome(place, FIRED, slot[ENTERED_AT], slot[ANCHOR], story)
            if self._fire(place, outcome, reason):
                slot[STATUS] = TOLD

    def _tell_membership(self, place: Place, entered_at: int, anchor: int, cause: str) -> None:
        outcome = self._outcome(place, ENTERED, entered_at, anchor, _UNTOLD_STORY)
        outcome.cause = cause
        self._emit(place, outcome)

    def _tell_exit(
        self, place: Place, entered_at: int, anchor: int, instant: int, cause: str
    ) -> None:
        outcome = self._outcome(place, EXITED, entered_at, anchor, _UNTOLD_STORY)
        outcome.exited_at = instant
        outcome.cause = cause
        self._emit(place, outcome, instant)

    def _tell_stays(self, place: Place) -> None:
        """Tell the stays that time has ended and that are pending, before another is told."""
        contact = place.contact
        for ended in [one for one in contact.pending if is_of(one, place) and not is_entry(one)]:
            if any(ends(ended, one) for one in contact.pending):
                self._tell_membership(place, ended[STAY_ENTERED_AT], ended[ENTRY_ANCHOR], "time")
            self._tell_exit(place, ended[STAY_ENTERED_AT], ended[ENTRY_ANCHOR], ended[DUE], "time")
            contact.pending.remove(ended)

    def _cancel(self, place: Place, instant: int) -> None:
        slot = place.slot
        story = {"context": {}, "why": ["an event that arrived late undid it"]}
        outcome = self._outcome(place, CANCELLED, slot[ENTERED_AT], slot[ANCHOR], story)
        self._emit(place, outcome, instant)

    def _fire(self, place: Place, outcome: Outcome, reason: str | None) -> bool:
        """Fire, unless something holds the trigger back; whether it fired."""
        slot = place.slot
        options = place.segment.definition.trigger
        assert options is not None
        reason = reason or self._holds_back(options, slot, outcome.entered_at)
        if reason is not None:
            outcome.type = SUPPRESSED
            outcome.reason = reason
        else:
            self._note_firing(slot, outcome)
        self._emit(place, outcome)
        return reason is None

    def _note_firing(self, slot: list[Any], outcome: Outcome) -> None:
        last = slot[FIRED_AT]
        slot[FIRED_COUNT] += 1
        if (last is None or outcome.entered_at >= last) and (
            (outcome.entered_at, outcome.anchor) == (slot[ENTERED_AT], slot[ANCHOR])
        ):
            slot[FIRED_ANCHOR], slot[FIRED_AT] = SAME, None
            return
        slot[FIRED_ANCHOR] = outcome.anchor
        slot[FIRED_AT] = outcome.entered_at if last is None else max(last, outcome.entered_at)

    def _holds_back(self, options: TriggerOptions, slot: list[Any], entered_at: int) -> str | None:
        last = slot[ENTERED_AT] if slot[FIRED_ANCHOR] is SAME else slot[FIRED_AT]
        cooldown = options.cooldown
        if cooldown is not None and last is not None and abs(entered_at - last) < cooldown:
            return "cooldown"
        if options.limit is not None and slot[FIRED_COUNT] >= options.limit:
            return "limit"
        if self.wall is not None and self.wall - entered_at > self._stale_after:
            return "stale"
        return None

    # -- wording ---------------------------------------------------------------------------

    def _story(self, place: Place, frame: Frame, instant: int) -> dict[str, Any]:
        definition = place.segment.definition
        context = definition.story.context(frame)
        options = definition.trigger
        if options is not None and options.context is not None:
            chosen = {path: field_at(context, path.split(".")) for path in options.context}
            context = {path: value for path, value in chosen.items() if value is not None}
        why = definition.rungs[place.rung].condition.why(frame, instant)
        return {"context": context, "why": why}

    def _outcome(
        self, place: Place, kind: str, entered_at: int, anchor: int | str, story: dict[str, Any]
    ) -> Outcome:
        definition = place.segment.definition
        return Outcome(
            type=kind,
            segment=definition.name,
            contact=place.contact.id,
            key=place.key,
            rung=definition.rungs[place.rung].label,
            entered_at=entered_at,
            emitted_at=self.now,
            anchor=anchor,
            rule=definition.version,
            context=story["context"],
            why=story["why"],
        )

    def _emit(self, place: Place, outcome: Outcome, left_at: int | None = None) -> None:
        order = (
            0 if outcome.type == CANCELLED else 2 if self.following else 1,
            outcome.entered_at if left_at is None else left_at,
            place.contact.raw,
            place.segment.index,
            place.key or "",
            place.rung,
        )
        self.told.append((order, outcome))


def _sort_key(told: tuple[SortKey, Outcome]) -> SortKey:
    return told[0]
