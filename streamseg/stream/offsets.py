"""The changelog record that says how far a partition's inputs are reflected in its state.

It is written in the same transaction as the state, so the two never disagree, whatever becomes
of the group's committed offsets.
"""

from __future__ import annotations

from typing import Final

import msgspec

from streamseg.core.errors import StateError

OFFSETS_KEY: Final = b"o"  # no key of the engine starts so
UNFINISHED: Final = -1  # as a version: state is being imported, and more is to come
_VERSION: Final = 1


class Reached(msgspec.Struct, omit_defaults=True):
    """For each input, by its short name, the next offset to apply.

    Signals are applied in the order of their times. ``ahead`` are those applied before one with a
    lower offset was: first and last offset of each run, one after the other. ``log`` and
    ``log_first`` are the id of the changelog's topic and the oldest offset that was there when
    its state was complete: they tell a changelog that was deleted or cut since.
    """

    offsets: dict[str, int]
    ahead: list[int] = []
    log: str = ""
    log_first: int = 0
    v: int = 0

    def encode(self, version: int = _VERSION) -> bytes:
        """The record's value."""
        return _encode(msgspec.structs.replace(self, v=version))

    @classmethod
    def decode(cls, value: bytes) -> Reached:
        """Undo ``encode``. Raises StateError for a record that this release cannot read."""
        try:
            record = _decode(value)
        except msgspec.DecodeError as error:
            raise StateError(f"a damaged offsets record {value[:80]!r}: {error}") from error
        if record.v == UNFINISHED:
            raise StateError(
                "an import of state has not ended here: make both changelogs anew, and run "
                "`streamseg state import` again"
            )
        if record.v != _VERSION:
            raise StateError(f"an offsets record of version {record.v}; known is {_VERSION}")
        return record


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Reached).decode
