"""What becomes of entries and exits: told at once, or when ``now`` is ``lateness`` past them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

import msgspec

from streamseg.core.conditions.base import Frame
from streamseg.core.conditions.wording import events_text
from streamseg.core.contact import Contact
from streamseg.core.emission import Emission, Story
from streamseg.core.events import Event
from streamseg.core.features.base import States
from streamseg.core.gate import Gate
from streamseg.core.membership import (
    ANCHOR,
    ENTERED_AT,
    NO_EVENT,
    OUT,
    STATUS,
    TOLD,
    Place,
    has_fired,
    note_entry,
    note_exit,
)
from streamseg.core.pending import (
    BY_EVENT,
    DUE,
    ENTRY_ANCHOR,
    RUNG,
    STAY_ENTERED_AT,
    STORY,
    Item,
    is_entry,
    of_segment,
    of_stay,
    records_of,
    take_due,
)
from streamseg.core.predicates import field_at
from streamseg.core.segments import Segment
from streamseg.core.timestamps import format_clock, format_time

_encode: Final = msgspec.json.Encoder(decimal_format="number").encode
_decode_story: Final = msgspec.json.Decoder(float_hook=Decimal).decode


class Teller:
    """Takes entries and exits, and has them told.

    Of the segments ``silent``, as bits, who enters does so untold. ``event`` is the contact's event
    that is decided on, for the context of who enters by it.
    """

    def __init__(self, lateness: int, stale_after: int) -> None:
        self.silent = 0
        self.event: Event | None = None
        self.emission = Emission()
        self.gate = Gate(self.emission, stale_after)
        self._lateness = lateness

    def enter(self, place: Place, frame: Frame, instant: int, by_time: bool) -> None:
        """The contact is in from ``instant`` on."""
        segment, slot = place.segment, place.slot
        definition = segment.definition
        anchor = instant if segment.anchor is None else segment.anchor(frame)
        fires = definition.trigger is not None and not has_fired(segment, slot, anchor)
        note_entry(place, instant, anchor)
        if not by_time or self.silent & segment.bit or self._is_due(instant):
            self._tell_entry(place, frame, fires, by_time)
            return
        where = instant, segment.index, place.key, place.rung, anchor, None
        pending = place.contact.pending
        if definition.membership:
            pending.append([*where, "", None])
        if fires:  # of an episode that has fired there is nothing to hold back
            pending.append([*where, self._story(place, frame, instant, None), None])

    def _tell_entry(self, place: Place, frame: Frame, fires: bool, by_time: bool) -> None:
        slot = place.slot
        entered_at, anchor = slot[ENTERED_AT], slot[ANCHOR]
        if place.contact.pending:
            for record in records_of(place):  # of stays that time has ended, before another
                self._tell_record(record, place)
        is_silent = self.silent & place.segment.bit
        if place.segment.definition.membership:
            cause = "rules_changed" if is_silent else "time" if by_time else "event"
            self.emission.entered(place, entered_at, anchor, cause)
        if fires and not is_silent:
            event = None if by_time else self.event
            story = self._story_of(place, frame, entered_at, event)
            if self.gate.fire(place, entered_at, anchor, story):
                slot[STATUS] = TOLD

    def exit(self, place: Place, instant: int, event_time: int) -> None:
        """The contact is out from ``instant`` on, by an event of ``event_time`` (or NO_EVENT)."""
        segment, slot, contact = place.segment, place.slot, place.contact
        options, status = segment.definition.trigger, slot[STATUS]
        entered_at, anchor = slot[ENTERED_AT], slot[ANCHOR]
        note_exit(place, instant)
        waiting = of_stay(place, entered_at) if contact.pending else []
        by_time = event_time == NO_EVENT
        if waiting and not by_time and event_time < entered_at + self._lateness:
            self._void(contact, waiting, instant)
            return
        if status == TOLD and event_time < entered_at and options is not None and options.cancel:
            self.emission.cancelled(place, entered_at, anchor, instant)
        if not segment.definition.membership:
            return
        is_silent = self.silent & segment.bit
        if waiting or (by_time and not is_silent and not self._is_due(instant)):
            where = segment.index, place.key, place.rung
            by_event = None if by_time else instant
            contact.pending.append([instant, *where, anchor, by_event, "", entered_at])
        else:
            cause = "rules_changed" if is_silent else "time" if by_time else "event"
            self.emission.exited(place, entered_at, anchor, instant, cause)

    def _void(self, contact: Contact, waiting: list[Item], instant: int) -> None:
        """An event has ended a stay before it was told: its trigger is held back in its turn."""
        for item in waiting:
            if item[STORY]:
                item[BY_EVENT] = instant
            else:
                contact.pending.remove(item)

    def _is_due(self, instant: int) -> bool:
        return instant + self._lateness <= self.emission.now

    def fire_instantly(self, place: Place, frame: Frame, time: int, name: str) -> None:
        """An instant rule fires for the event ``name`` of ``time``."""
        story = self._story_of(place, frame, time, frame.event)
        on = place.segment.definition.on
        assert on is not None
        what = f"{events_text((on[0],), on[1])} at {format_clock(time, time)}"
        story["why"] = [what, *story["why"]]
        self.gate.fire(place, time, f"{format_time(time)}#{name}", story)

    # -- what was pending ------------------------------------------------------------------

    def tell_due(
        self, contact: Contact, until: int, place_of: Callable[[Contact, Item], Place]
    ) -> None:
        """Tell what is pending of a contact and of an instant up to ``until``.

        ``place_of`` gives the membership that an item is of.
        """
        for item in take_due(contact, until):
            place = place_of(contact, item)
            if not item[STORY]:
                self._tell_record(item, place)
            elif place.segment.definition.trigger is not None:
                self._tell_trigger(item, place)

    def _tell_record(self, item: Item, place: Place) -> None:
        """Tell that somebody entered or exited."""
        if not place.segment.definition.membership:
            return
        if is_entry(item):
            self.emission.entered(place, item[DUE], item[ENTRY_ANCHOR], "time")
        else:
            cause = "time" if item[BY_EVENT] is None else "event"
            entered_at = item[STAY_ENTERED_AT]
            self.emission.exited(place, entered_at, item[ENTRY_ANCHOR], item[DUE], cause)

    def _tell_trigger(self, item: Item, place: Place) -> None:
        slot = place.slot
        entered_at, anchor = item[DUE], item[ENTRY_ANCHOR]
        story = _decode_story(item[STORY])
        if item[BY_EVENT] is not None:
            self.emission.suppressed(place, entered_at, anchor, story, "left")
        elif not has_fired(place.segment, slot, anchor):
            is_in = slot[STATUS] != OUT and (slot[ENTERED_AT], slot[ANCHOR]) == (entered_at, anchor)
            if self.gate.fire(place, entered_at, anchor, story) and is_in:
                slot[STATUS] = TOLD

    # -- what is forgotten -----------------------------------------------------------------

    def forget(
        self, contact: Contact, segment: Segment, key: str | None, slots: States, cause: str
    ) -> None:
        """A segment is forgotten, for a key or whole: who is in leaves, what waits is held back."""
        self.forget_waiting(contact, segment, key, slots)
        for rung in range(len(segment.rungs)):
            slot = slots.get(segment.first_slot + rung)
            if slot is not None and slot[STATUS] != OUT:
                self.forget_stay(Place(contact, segment, key, rung, slot), cause)

    def forget_stay(self, place: Place, cause: str) -> None:
        """Tell that who is in leaves, for a cause that lies not with them."""
        if place.segment.definition.membership:
            slot, instant = place.slot, place.contact.latest
            self.emission.exited(place, slot[ENTERED_AT], slot[ANCHOR], instant, cause)

    def forget_waiting(
        self, contact: Contact, segment: Segment, key: str | None, slots: States
    ) -> None:
        """Hold back what waits to be told of a segment, for a key or whole; who waits is out."""
        waiting = of_segment(contact, segment.index, key)
        untold = [(one[RUNG], one[DUE]) for one in waiting if is_entry(one)]
        for item in waiting:
            slot = slots[segment.first_slot + item[RUNG]]
            place = Place(contact, segment, key, item[RUNG], slot)
            entered_at = item[DUE] if is_entry(item) else item[STAY_ENTERED_AT]
            if slot[STATUS] != OUT and slot[ENTERED_AT] == entered_at:
                slot[STATUS] = OUT
            if item[STORY] and segment.definition.trigger is not None:
                reason = "forgotten" if item[BY_EVENT] is None else "left"
                story = _decode_story(item[STORY])
                self.emission.suppressed(place, entered_at, item[ENTRY_ANCHOR], story, reason)
            elif not is_entry(item) and (item[RUNG], entered_at) not in untold:
                self._tell_record(item, place)

    # -- wording ---------------------------------------------------------------------------

    def _story(self, place: Place, frame: Frame, instant: int, event: Event | None) -> str:
        """The story of a trigger that waits."""
        return _encode(self._story_of(place, frame, instant, event)).decode()

    def _story_of(self, place: Place, frame: Frame, instant: int, event: Event | None) -> Story:
        frame.event = event
        definition = place.segment.definition
        context = definition.story.context(frame)
        frame.event = None
        options = definition.trigger
        if options is not None and options.context is not None:
            chosen = {path: field_at(context, path.split(".")) for path in options.context}
            context = {path: value for path, value in chosen.items() if value is not None}
        why = definition.rungs[place.rung].condition.why(frame, instant)
        return {"context": context, "why": why}
