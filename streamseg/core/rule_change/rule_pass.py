"""The pass that brings contacts written under other rules to the present ones, a slice at a time.

A contact at rest names its layout, so the contacts themselves tell how far the pass has come: those
of another layout are left. A contact that is touched or due is brought first. The other layouts
stay in the changelog until no contact rests under them.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import msgspec

from streamseg.core.contacts.contact import Contact
from streamseg.core.contacts.resting import layout_of
from streamseg.core.errors import StateError
from streamseg.core.evaluation.evaluator import CatchUp, Evaluator
from streamseg.core.identity.objections import forget_profile, is_objecting
from streamseg.core.rule_change.migration import Migration
from streamseg.core.segments.rule_set import RuleSet
from streamseg.core.store import Store

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder().decode
PREFIX: Final = b"l"
# The format of the bytes at rest; a layout in the changelog begins with it. The former ones:
# 2: its contacts are converted by the migration to another layout
# 3: all anchors are whole
# 4: exposures are lists, which are packed when they are touched
# 5: no model is the cause of an entry, and a grave knows only the last erasure
FORMAT: Final = 6
_READ: Final = (2, 3, 4, 5, FORMAT)


class RulePass:
    """The layout of the present rules, the other layouts in use, and the contacts under these."""

    def __init__(self, rules: RuleSet, contacts: Store[Contact]) -> None:
        self.layout = 0
        self._rules = rules
        self._contacts = contacts
        self._layouts: dict[int, list[Any]] = {}  # other layouts that contacts may rest under
        self._formats: dict[int, int] = {}  # by layout
        self._migrations: dict[int, Migration] = {}  # by layout
        self._left: list[bytes] = []  # contacts that rest under other layouts
        self._taken: list[bytes] = []  # contacts that the batch took out of _left
        self._written: list[tuple[bytes, bytes | None]] = []
        self._is_ended = False  # whether the last take has ended the pass
        self.described = zlib.compress(_encode([FORMAT, *rules.layout()]))  # the layout, for mail
        self._of_mail: dict[bytes, Migration] = {}  # by the layout in mail

    @property
    def is_complete(self) -> bool:
        """Whether all contacts rest under the present layout."""
        return not self._left

    def load(self, number: int, value: bytes | None) -> None:
        """Read a layout of the changelog.

        Raises StateError where this version does not know its format.
        """
        if value is None:
            self._layouts.pop(number, None)
            return
        written, *layout = _decode(value)
        if written not in _READ:
            known = written if type(written) is int else 1  # format 1 did not name itself
            raise StateError(
                f"the state was written in format {known}, and this version reads 2 to {FORMAT}: "
                "go back to the version that wrote it, or compute the state anew"
            )
        self._layouts[number], self._formats[number] = layout, written

    def ready(self) -> None:
        """Find the layout of the present rules, and the contacts that rest under others."""
        layout = self._rules.layout()
        same = [layout, _without_models(layout)]  # format 5 noted nothing of models
        known = [number for number, one in self._layouts.items() if one in same]
        self.layout = known[0] if known else max(self._layouts, default=-1) + 1
        if known:
            del self._layouts[self.layout]
        if not known or self._formats[self.layout] != FORMAT:  # former versions must refuse it
            self._written = [(PREFIX + b"%d" % self.layout, _encode([FORMAT, *layout]))]
        if self._layouts:
            self._migrations = {
                number: Migration(old, layout, self._rules) for number, old in self._layouts.items()
            }
            resting = self._contacts.resting
            self._left = [raw for raw, value in resting.items() if self._is_left(value)]

    def _is_left(self, value: bytes) -> bool:
        return layout_of(value) != self.layout

    def unaware(self) -> dict[str, int]:
        """By segment, of how many contacts something that it asks about was not remembered."""
        resting = self._contacts.resting
        found: dict[str, int] = {}
        for number, count in Counter(layout_of(resting[raw]) for raw in self._left).items():
            for name in self._migrations[number].unaware:
                found[name] = found.get(name, 0) + count
        return found

    # -- the pass --------------------------------------------------------------------------

    def bring(self, contact: Contact, evaluator: Evaluator, now: int, catch_up: CatchUp) -> None:
        """Migrate a contact to the present layout, and evaluate it under the present rules.
        ``catch_up`` delivers the product changes that are still on their way to it.
        """
        migration = self._migrations.get(contact.layout)
        if migration is None:
            raise StateError(
                f"contact {contact.raw!r} was written under layout {contact.layout}, unknown"
            )
        instant = max(now, contact.latest)
        emission = evaluator.transitions.emission
        counts, emission.counts = emission.counts, None  # moving a stay is no entry and no exit
        was_counted = counts is not None and counts.ledger.is_counted(contact.layout)
        former = migration.stays(contact) if was_counted else {}
        objected = migration.objected(contact)
        migration.bring(contact, evaluator, instant)
        contact.layout = self.layout
        if counts is not None:
            counts.bring(contact, former, was_counted, instant)
        emission.counts = counts
        is_known_anew = objected and not is_objecting(contact, self._rules)
        segments = self._rules.evaluated if is_known_anew else migration.changed
        by_model = 0 if is_known_anew else migration.by_model
        evaluator.evaluate_changed_rules(contact, segments, instant, by_model, catch_up)
        migration.tell_exits_without_consent(contact, evaluator.forgotten)
        objecting = self._rules.objecting
        if objecting is not None and is_objecting(contact, self._rules):
            forget_profile(contact, instant, self._rules, objecting, evaluator)

    def read(
        self, raw: bytes, value: bytes, layout: bytes, evaluator: Evaluator, now: int
    ) -> Contact:
        """Decode a contact that came by mail, as the state of the id ``raw``. One that was written
        under other rules is migrated, as contacts at rest are.

        Raises StateError where this version does not know its format.
        """
        contact = Contact.decode(raw, value)
        contact.layout = self.layout
        if layout == self.described:
            return contact
        migration = self._of_mail.get(layout)
        if migration is None:
            written, *old = _decode(zlib.decompress(layout))
            if written not in _READ:
                raise StateError(f"mail with a contact in format {written}, unknown here")
            self._of_mail.clear()  # one is enough: the last rules of the other workers
            migration = self._of_mail[layout] = Migration(old, self._rules.layout(), self._rules)
        emission = evaluator.transitions.emission
        counts, emission.counts = emission.counts, None  # the merge counts its stays
        migration.bring(contact, evaluator, max(now, contact.latest))
        emission.counts = counts
        return contact

    def work(self, limit: int | None, bring: Callable[[bytes], None]) -> int | None:
        """Go on with up to ``limit`` contacts (None: all); returns how much
        of the limit is left.
        """
        left = self._left
        while left and (limit is None or limit > 0):
            raw = left.pop()
            self._taken.append(raw)
            value = self._contacts.value(raw)
            if value is not None and self._is_left(value):
                bring(raw)
                limit = None if limit is None else limit - 1
        return limit

    # -- batches ---------------------------------------------------------------------------

    def take(self) -> list[tuple[bytes, bytes | None]]:
        """Changelog records of layouts. The batch that ends the pass deletes the other layouts."""
        self._is_ended = not self._left
        if not self._is_ended:
            return self._written
        gone: list[tuple[bytes, bytes | None]] = [
            (PREFIX + b"%d" % number, None) for number in self._layouts
        ]
        return self._written + gone

    def install(self) -> None:
        """Note that what was taken is committed."""
        self._written, self._taken = [], []
        if self._is_ended:
            self._layouts, self._migrations = {}, {}

    def rollback(self) -> None:
        """Put back the contacts that the batch took."""
        self._left += self._taken
        self._taken = []


def _without_models(layout: list[Any]) -> list[Any]:
    """A layout as format 5 described it."""
    policies = layout[3:4]
    return [*layout[:3], *(policies if policies and any(policies[0]) else [])]
