"""Making two contacts one: what both remember, who is in which segment, what waits to be told."""

from __future__ import annotations

from typing import Any

from streamseg.core.conditions.base import EvalContext
from streamseg.core.contact import (
    FEATURES,
    SLOTS,
    TOUCHED,
    UNKNOWN,
    Contact,
    new_contact,
    new_key,
)
from streamseg.core.duplicates import joined_digests, joined_names
from streamseg.core.evaluation import Evaluator
from streamseg.core.fan_out import FanOut
from streamseg.core.features.base import States, UpdateContext, joined
from streamseg.core.key_groups import KeyGroup
from streamseg.core.mail import State
from streamseg.core.membership import ENTERED_AT, NOTIFIED, OUT, STATUS, new_slot
from streamseg.core.pending import BY_EVENT, CONTENT, KEY, RUNG, SEGMENT, Item, is_entry
from streamseg.core.policies.waiting import Waiting
from streamseg.core.products import ProductFacts
from streamseg.core.rule_pass import RulePass
from streamseg.core.rule_set import RuleSet
from streamseg.core.scheduling import Scheduler
from streamseg.core.segments import Segment
from streamseg.core.stays import Merging, Where, rename, unite
from streamseg.core.store import Store
from streamseg.core.tables import Tables


class Merger:
    """Gives away what is remembered of a contact, and unites another with what came of one."""

    def __init__(
        self,
        rules: RuleSet,
        contacts: Store[Contact],
        evaluator: Evaluator,
        products: Store[ProductFacts],
        fan_out: FanOut,
        rule_pass: RulePass,
        scheduler: Scheduler,
        tables: Tables | None,
    ) -> None:
        self._rules = rules
        self._contacts = contacts
        self._evaluator = evaluator
        self._transitions = evaluator.transitions
        self._products = products
        self._fan_out = fan_out
        self._rule_pass = rule_pass
        self._scheduler = scheduler
        self._tables = tables
        self._ctx = UpdateContext()
        self.stays: list[list[Any]] = []  # of whom was given away last: segment, key, rung, since

    def protects(self, contact: Contact | None, at: int) -> bool:
        """Whether a contact is known by itself at an instant, and is not to be merged into another.

        Where that is not known, it is not.
        """
        protect = self._rules.protect
        if protect is None or contact is None:
            return False
        contact.decode_features(self._rules.protect_columns)
        ctx = EvalContext(contact.features, {}, contact)
        ctx.since = contact.since
        return protect.at(ctx, at)[0] is True

    def give(self, contact: Contact, at: int, limit: int) -> tuple[bytes, bytes]:
        """A contact at rest and its layout, once what time alone changes of it until ``at`` is
        decided, and what is due by ``limit`` told; from now on nothing is remembered of it here.
        """
        self._scheduler.prepare(contact, limit)
        self._prepare_tables(contact, at)
        self._evaluator.decide_until(contact, at)
        self._scheduler.schedule(contact)
        self.stays = self._stays_of(contact)
        counts = self._transitions.emission.counts
        if counts is not None:
            counts.part(contact, at)
        value = contact.encode()
        self.forget(contact)
        return value, self._rule_pass.described

    def _prepare_tables(self, contact: Contact, at: int) -> None:
        """Have a census know a contact before it is another from ``at`` on."""
        if self._tables is not None:
            self._tables.before(contact, at)

    def forget(self, contact: Contact) -> None:
        """Remember nothing of a contact."""
        products = self._evaluator.view.products_of(contact)
        contact.keys = {}
        for product in products:
            self._evaluator.index.drop(product, contact)
        self._contacts.remove(contact.id)

    def erase(self, contact: Contact, at: int) -> dict[str, int]:
        """Forget a contact who is erased; who is in a segment is told to exit it. How much there
        was, by kind.
        """
        self._prepare_tables(contact, at)
        contact.latest = max(contact.latest, at)
        if self._transitions.emission.counts is not None:
            self._transitions.emission.counts.erase(contact, at)
        removed = {"states": 1, "pending": len(contact.pending)}
        removed["keys"] = sum(len(keys) for keys in contact.keys.values())
        for segment, key, slots in self._slots_of(contact):
            self._transitions.tell_of_erasure(contact, segment, key, slots, at)
        self.forget(contact)
        return removed

    def _slots_of(self, contact: Contact) -> list[tuple[Segment, str | None, States]]:
        """The slots of all segments, and of all keys."""
        found: list[tuple[Segment, str | None, States]] = []
        for segment in self._rules.segments:
            if segment.per is None:
                found.append((segment, None, contact.slots))
                continue
            for key in list(contact.keys.get(segment.key_group, ())):
                state = contact.key(segment.key_group, key)
                if state is not None:
                    found.append((segment, key, state[SLOTS]))
        return found

    def _stays_of(self, contact: Contact) -> list[list[Any]]:
        stays: list[list[Any]] = []
        for segment, key, slots in self._slots_of(contact):
            if segment.definition.consents:
                continue  # another segment has who is in as it is told
            for number, rung in enumerate(segment.rungs):
                slot = slots.get(segment.first_slot + number)
                if slot is not None and slot[STATUS] != OUT:
                    stays.append([segment.told_as.name, key, rung.label, slot[ENTERED_AT]])
        return stays

    def apart(self, source: str, into: str) -> list[str]:
        """The segments in whose splits or holdouts two ids are in different arms."""
        return self._rules.apart(source, into)

    def unite(self, name: str, source: str, body: State, limit: int) -> None:
        """Have the contact ``name`` remember what came of ``source``; decide all its segments,
        once, at the latest of both sides' decided instants and of the merge. What is due by
        ``limit`` is told before.
        """
        keeper = self._contacts.get(name)
        at = body.merge.at
        if keeper is not None:
            self._scheduler.prepare(keeper, limit)
            self._prepare_tables(keeper, at)
            self._evaluator.decide_until(keeper, at)
        if body.value is not None:
            if keeper is None:
                raw = name.encode()
                keeper = new_contact(raw, self._rule_pass.layout)
                self._contacts.add(name, keeper, raw)
                if self._tables is not None:
                    self._tables.in_force.welcome(keeper)
                self._prepare_tables(keeper, at)  # whose past it takes over is counted by itself
            other = self._rule_pass.read(keeper.raw, body.value, body.layout, self._evaluator, at)
            counts = self._transitions.emission.counts
            if counts is not None:
                counts.part(keeper, at)
            self._unite(keeper, other, Merging(source))
            if counts is not None:
                counts.unite(keeper, at)
                counts.mix(keeper, self._rules.apart(name, source))
            self._decide(keeper, max(keeper.latest, other.latest, at), at)
        if keeper is not None:
            self._scheduler.schedule(keeper)

    def _unite(self, keeper: Contact, other: Contact, merging: Merging) -> None:
        self._transitions.merging = merging
        self._unite_pending(keeper, other, merging)
        self._unite_waiting(keeper, other)
        for segment in self._rules.segments:
            if segment.keeps is not None or segment.follows is not None:
                moves = other.slots.get(segment.first_slot)
                if moves is not None:
                    keeper.slots.setdefault(segment.first_slot, moves)
            elif segment.per is None:
                openings = self._openings(keeper, other, segment)
                _unite_slots(keeper.slots, other.slots, segment, None, merging, openings)
                if openings:
                    rename(keeper, segment.index, openings)
        self._unite_features(keeper, other)
        for group in self._rules.key_groups:
            if group.index in other.keys:
                self._unite_keys(keeper, other, group, merging)
        keeper.ids = joined_names(other.ids, keeper.ids)
        keeper.orders = joined_digests(other.orders, keeper.orders)
        keeper.since = _later_of(other.since, keeper.since)
        gaps = {**other.key_since, **keeper.key_since}
        keeper.key_since = {
            group: _later_of(other.key_since.get(group, {}), keeper.key_since.get(group, {}))
            for group in gaps
        }

    def _openings(self, keeper: Contact, other: Contact, segment: Segment) -> tuple[int, ...]:
        """When the episodes of both opened of which a feature of the segment makes one."""
        if segment.anchor is not None:
            for column in segment.columns:
                one, mine = other.state(column), keeper.state(column)
                if one is not None and mine is not None:
                    found = self._rules.contact.features[column].one_episode(one, mine)
                    if found:
                        return found
        return ()

    def _unite_features(self, keeper: Contact, other: Contact) -> None:
        ctx = self._ctx
        ctx.key = ctx.products = None
        for column, feature in enumerate(self._rules.contact.features):
            state = joined(feature, other.state(column), keeper.state(column), ctx)
            if state is not None:
                keeper.features[column] = state

    def _unite_keys(
        self, keeper: Contact, other: Contact, group: KeyGroup, merging: Merging
    ) -> None:
        ctx = self._ctx
        ctx.products = self._products if group.per_product else None
        keys: dict[str, Any] = {}
        for key in other.keys[group.index]:
            theirs = other.key(group.index, key) or new_key()
            mine = keeper.key(group.index, key)
            if mine is None:
                mine = new_key()
                if group.per_product and not self._evaluator.view.has_product(keeper, key):
                    self._fan_out.joins(keeper, key)
            ctx.key = key
            united = keys[key] = new_key()
            united[TOUCHED] = max(theirs[TOUCHED], mine[TOUCHED])
            for column, feature in enumerate(group.columns.features):
                one, own = theirs[FEATURES].get(column), mine[FEATURES].get(column)
                state = joined(feature, one, own, ctx)
                if state is not None:
                    united[FEATURES][column] = state
            united[SLOTS] = mine[SLOTS]
            for segment in group.segments:
                _unite_slots(united[SLOTS], theirs[SLOTS], segment, key, merging, ())
        for key in list(keeper.keys.get(group.index, ())):
            if key not in keys:
                keys[key] = keeper.key(group.index, key)
        keeper.keys[group.index] = dict(sorted(keys.items(), key=_touched))
        while len(keys) > group.max_keys:
            oldest = next(iter(keeper.keys[group.index]))
            self._evaluator.forget_key(keeper, group, oldest)
            del keys[oldest]

    # -- what waits to be told -------------------------------------------------------------

    def _unite_pending(self, keeper: Contact, other: Contact, merging: Merging) -> None:
        """Have what waits of both wait of one; what both wait for is told once, as the keeper's,
        and what one was told already, never.
        """
        if not other.pending and not keeper.pending:
            return
        waiting = {_where(item) for item in keeper.pending if _is_trigger(item)}
        for item in keeper.pending[:]:
            if _is_trigger(item) and _status(other, self._rules, item) == NOTIFIED:
                keeper.pending.remove(item)
                membership = self._evaluator.membership_of(keeper, item)
                self._transitions.suppress_merged(membership, item, None)
        for item in other.pending:
            is_told = _status(keeper, self._rules, item) == NOTIFIED
            if _is_trigger(item) and (is_told or _where(item) in waiting):
                membership = self._evaluator.membership_of(other, item)
                self._transitions.suppress_merged(membership, item, merging.source)
            elif item[CONTENT] or not is_entry(item):
                keeper.pending.append(item)
            elif _status(keeper, self._rules, item) == OUT:
                keeper.pending.append(item)  # the record of an entry that is the keeper's now

    def _unite_waiting(self, keeper: Contact, other: Contact) -> None:
        """The same of what a policy has wait."""
        if not other.waiting and not other.untold and not keeper.waiting:
            return
        ending = self._transitions.stage.ending
        waiting = {self._candidate(trigger) for trigger in keeper.waiting}
        for trigger in keeper.waiting[:]:
            if _status_of(other, self._rules, trigger) == NOTIFIED:
                ending.end(keeper, trigger, "merged", keeper.latest, at_once=True)
        for trigger in other.waiting[:]:
            is_in = _status_of(keeper, self._rules, trigger) != OUT
            if is_in or self._candidate(trigger) in waiting:
                ending.end(other, trigger, "merged", other.latest, at_once=True)
        keeper.waiting = [*keeper.waiting, *other.waiting]
        for trigger in keeper.waiting:  # asked anew by what is known of both
            trigger.due = min(trigger.due, keeper.latest)
        keeper.untold = [*keeper.untold, *other.untold]

    def _candidate(self, trigger: Waiting) -> tuple[int, str | None, int, int | str]:
        """What of one contact waits once: of an instant rule each firing by itself."""
        is_instant = self._rules.segments[trigger.segment].is_instant
        return trigger.segment, trigger.key, trigger.rung, trigger.anchor if is_instant else ""

    # -- deciding --------------------------------------------------------------------------

    def _decide(self, keeper: Contact, latest: int, at: int) -> None:
        rules, view = self._rules, self._evaluator.view
        instant = keeper.latest = view.instant_of(keeper, latest, view.horizon)
        keeper.inside = rules.inside(keeper.slots)
        keeper.deadlines, keeper.key_deadlines = {}, {}
        keeper.next_key_due = UNKNOWN
        for dependents in rules.dependents:
            dependents.expire(keeper, instant)
        keeper.totals = {}
        for dependents in rules.dependents:
            dependents.restart(keeper, instant)
        self._transitions.silent = rules.of_moves  # nobody moved: two were taken for one
        self._evaluator.evaluate(keeper, rules.evaluated, instant, at)
        self._transitions.silent = 0
        self._transitions.merging = None


def _unite_slots(
    slots: States,
    others: States,
    segment: Segment,
    key: str | None,
    merging: Merging,
    openings: tuple[int, ...],
) -> None:
    """Have the keeper's slots of a segment take in those of the other contact."""
    for rung in range(len(segment.rungs)):
        number = segment.first_slot + rung
        theirs, mine = others.get(number), slots.get(number)
        # One cart of two has the earlier opening, also where one of them only was ever told of.
        if theirs is None and (mine is None or not openings):
            continue
        theirs, mine = theirs or new_slot(), mine or new_slot()
        merging.note((segment.index, key, rung), theirs, mine)
        slots[number] = unite(theirs, mine, openings)


def _status(contact: Contact, rules: RuleSet, item: Item) -> int:
    """Whether a contact is in the membership that an item is of, and was told."""
    return _status_in(contact, rules.segments[item[SEGMENT]], item[KEY], item[RUNG])


def _status_of(contact: Contact, rules: RuleSet, trigger: Waiting) -> int:
    return _status_in(contact, rules.segments[trigger.segment], trigger.key, trigger.rung)


def _status_in(contact: Contact, segment: Segment, key: str | None, rung: int) -> int:
    slots = contact.slots
    if key is not None:
        state = contact.key(segment.key_group, key)
        if state is None:
            return OUT
        slots = state[SLOTS]
    slot = slots.get(segment.first_slot + rung)
    status: int = OUT if slot is None else slot[STATUS]
    return status


def _where(item: Item) -> Where:
    return item[SEGMENT], item[KEY], item[RUNG]


def _is_trigger(item: Item) -> bool:
    """Whether a trigger waits that is to be told."""
    return bool(item[CONTENT]) and item[BY_EVENT] is None


def _later_of(one: dict[int, int], other: dict[int, int]) -> dict[int, int]:
    return {
        column: max(one.get(column, at), other.get(column, at))
        for column, at in {**one, **other}.items()
    }


def _touched(entry: tuple[str, Any]) -> int:
    touched: int = entry[1][TOUCHED]
    return touched
