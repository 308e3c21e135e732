"""Hands each record to the stage that applies it, once ``now`` has come to the record's time."""

from __future__ import annotations

from typing import Final

from streamseg.core.events import Event
from streamseg.core.identity.forgetting import Forgetting
from streamseg.core.identity.mail import Mail
from streamseg.core.identity.objections import Objections
from streamseg.core.messages.outcomes import ProductChange
from streamseg.core.partition_state import PartitionState
from streamseg.core.pipeline import Pipeline
from streamseg.core.products.product_pass import Change
from streamseg.core.values.dates import read_date
from streamseg.core.values.predicates import field_at
from streamseg.core.vocabulary import is_activity

IDENTITY_EVENTS: Final = frozenset({"contact_merged", "contact_erased"})


class Intake:
    """Applies events, product changes and mail.

    ``is_sliced``: passes over contacts are worked off in slices, so a contact may be behind.
    ``duplicates`` counts events that had come before.
    """

    def __init__(
        self, state: PartitionState, pipeline: Pipeline, forgetting: Forgetting, is_sliced: bool
    ) -> None:
        self.duplicates = 0
        self._state = state
        self._rules = state.rules
        self._contacts = state.contacts
        self._passes = state.passes
        self._tables = state.tables
        self._identities = pipeline.identities
        self._ids = state.ids
        self._evaluator = pipeline.evaluator
        self._fan_out = pipeline.fan_out
        self._scheduler = pipeline.scheduler
        self._applier = pipeline.applier
        self._forgetting = forgetting
        self._is_sliced = is_sliced
        self._objections: Objections | None = None
        if (objecting := state.rules.objecting) is not None:
            self._objections = Objections(state.rules, objecting, pipeline.evaluator)
        self._identities.apply = self._apply_admitted

    def apply(self, event: Event) -> None:
        """Apply an event, or forward it where its contact was merged into another."""
        if self._rules.unseen is not None:
            self._forgetting.forget_if_unseen(event.contact)
        if not self._ids.is_used or self._identities.admits(event):
            self._apply_admitted(event)

    def change(self, change: ProductChange) -> None:
        """Deliver a product's change to the contacts that it concerns."""
        self._fan_out.apply(change, self.deliver)

    def receive(self, mail: Mail) -> None:
        """Take mail about a contact from another partition."""
        if self._rules.unseen is not None:
            self._forgetting.forget_if_unseen(mail.to)
        self._identities.receive(mail)

    # -- events ----------------------------------------------------------------------------

    def _apply_admitted(self, event: Event) -> None:
        """Apply an event whose contact was not merged into another."""
        if event.type in IDENTITY_EVENTS:
            self._apply_to_identity(event)
        else:
            self._apply_to_contact(event)

    def _apply_to_identity(self, event: Event) -> None:
        """Merge or erase a contact. If rules ask for ``contact_merged``, a merge is then also
        applied as an event of the contact.
        """
        if event.type == "contact_erased":
            self._identities.erase(event)
            return
        if self._rules.unseen is not None:
            self._forgetting.forget_if_unseen(event.data["from"])
        self._identities.merge(event)  # first: where both are here, rules see one contact
        if self._rules.dispatch(event.type).is_asked_for:
            self._apply_to_contact(event)

    def _apply_to_contact(self, event: Event) -> None:
        state, contacts, name = self._state, self._contacts, event.contact
        contact = contacts.get(name)
        if contact is None:
            contact = state.add_contact(name)
        if contact.is_duplicate(event):
            self.duplicates += 1
            return
        if self._is_sliced or self._passes.is_used:
            self._scheduler.bring_up_to_date(contact, state.now - state.lateness)
        if self._tables is not None:
            self._tables.settle_before(contact, event.time)
        rules = self._rules
        dispatch = rules.dispatches.get(event.type) or rules.dispatch(event.type)
        if rules.dated and event.type == "contact_updated":
            self._note_dates(event)
        objections = self._objections
        if objections is not None and not objections.admits(contact, event, dispatch):
            self._scheduler.schedule(contact)
            return
        self._applier.apply(contact, event, dispatch)
        self._scheduler.schedule(contact)
        if state.reporting is not None and state.counts is not None and is_activity(event.type):
            state.counts.be_active(contact)
        if state.views is not None:
            state.views.count(event)

    def _note_dates(self, event: Event) -> None:
        """Count the attributes that rules read as dates and whose new value is no date."""
        noted = self._evaluator.policy_stage.rule_metrics.unreadable_dates
        for path, names in self._rules.dated.items():
            value = field_at(event.data, names)
            if value is not None and read_date(value) is None:
                noted[path] = noted.get(path, 0) + 1

    # -- contacts --------------------------------------------------------------------------

    def bring_up_to_date(self, raw: bytes) -> None:
        """Bring a contact up to date, as of ``now``."""
        self._scheduler.bring_to(raw, self._state.now - self._state.lateness)

    def deliver(self, raw: bytes, change: Change | None) -> None:
        """Bring a contact up to date as of before a product's change, then deliver the change."""
        state, visible = self._state, self._evaluator.visible
        contact = state.contacts.get(raw.decode())
        if contact is None:
            return
        if change is not None:
            visible.hide((change,))
        self._scheduler.bring_up_to_date(contact, state.now - state.lateness)
        if change is not None:
            if self._tables is not None:
                self._tables.settle_before(contact, change.counts_from)
            if visible.has_product(contact, change.product):
                self._evaluator.deliver(contact, (change,))
            visible.show(change.product)
        self._scheduler.schedule(contact)
