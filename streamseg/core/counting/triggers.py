"""Counts triggers when they are told, and opens an exposure for each, or takes it back."""

from __future__ import annotations

from typing import Final

from streamseg.core.contacts.contact import Contact
from streamseg.core.counting.exposure_counter import ExposureCounter
from streamseg.core.counting.exposures import Exposures, packed
from streamseg.core.counting.figures import NO_VARIANT
from streamseg.core.counting.running import RunningFigures
from streamseg.core.counting.terms import Counting
from streamseg.core.messages.emission import Message
from streamseg.core.messages.outcomes import CANCELLED, FIRED, SUPPRESSED
from streamseg.core.segments.rule_set import RuleSet
from streamseg.core.store import Store

CONTROL: Final = "control"  # the reason of a trigger that is held back for the comparison


class TriggerCounts:
    """Counts triggers that are told; exposures are state of the ``contacts``."""

    def __init__(
        self, counting: Counting, rules: RuleSet, contacts: Store[Contact], counter: ExposureCounter
    ) -> None:
        self._counter = counter
        self._contacts = contacts
        self._exposures: Exposures | None = rules.exposures
        self._column = rules.exposures_column
        self._of_fired = {one.segment for one in counting.alerts if one.measure == "fired"}

    def tell(self, messages: list[Message]) -> None:
        """Count triggers that are told, and triggers that are held back."""
        for message in messages:
            kind = message.kind
            if kind == FIRED:
                self._fire(message)
            elif kind == SUPPRESSED:
                self._hold_back(message, message.outcome.reason or "")
            elif kind == CANCELLED:
                self._cancel(message)

    def _fire(self, message: Message) -> None:
        at, variant = message.entered_at, NO_VARIANT
        if message.has_policy:
            at, variant = _released_at(message), _variant_of(message)
        running = self._figures(message, variant, at)
        running.fired += 1
        if self._of_fired and running.segment in self._of_fired:
            self._counter.ledger.running_size(running.segment).fired += 1
        if self._exposures is not None:
            self._expose(message.contact, running, at, self._exposures)

    def _figures(self, message: Message, variant: str, at: int) -> RunningFigures:
        """The figures of a trigger's day, which are mostly those of its segment's last one."""
        recent, place = self._counter.ledger.recent_figures, message.place
        found = recent[place] if place < len(recent) else None
        if (
            found is None
            or found.segment != message.segment
            or found.variant != variant
            or not found.began <= at < found.ended
        ):
            found = self._counter.days.running(message.segment, variant, at)
            if place < len(recent):
                recent[place] = found
        return found

    def _hold_back(self, message: Message, reason: str) -> None:
        at = _released_at(message)
        running = self._counter.days.running(message.segment, _variant_of(message), at)
        if reason != CONTROL:
            running.suppressed[reason] = running.suppressed.get(reason, 0) + 1
            return
        running.control += 1
        if self._exposures is not None:
            self._expose(message.contact, running, at, self._exposures)

    def _expose(self, name: str, running: RunningFigures, at: int, exposures: Exposures) -> None:
        contact = self._contacts.live.get(name)
        if contact is None:  # nearly all are live, as they were just evaluated
            contact = self._contacts.get(name)
        if contact is None:
            return
        state = packed(contact.state(self._column))
        contact.features[self._column], began = exposures.open(state, running, at, self._counter)
        if began == running.variant:
            running.exposures += 1
        elif began is not None:
            self._counter.days.running(running.segment, began, at).exposures += 1

    def _cancel(self, message: Message) -> None:
        segment, at = message.segment, _released_at(message)
        self._counter.days.running(segment, _variant_of(message), at).cancelled += 1
        contact, exposures = self._contacts.get(message.contact), self._exposures
        if contact is None or exposures is None:
            return
        state = contact.state(self._column)
        if state is not None:
            state = exposures.take_back(packed(state), segment, at, self._counter)
            contact.features[self._column] = state

    def mix(self, contact: Contact, segments: list[str]) -> None:
        """Note that a contact was merged from contacts in different arms of some segments."""
        if self._exposures is not None and segments:
            state = packed(contact.state(self._column))
            contact.features[self._column] = self._exposures.mix(state, segments, self._counter)


def _variant_of(message: Message) -> str:
    """The variant of a trigger that is told or held back."""
    return message.outcome.variant or NO_VARIANT


def _released_at(message: Message) -> int:
    """When a trigger is released; without a policy, when its segment is entered."""
    released_at = message.outcome.released_at
    return message.entered_at if released_at is None else released_at
