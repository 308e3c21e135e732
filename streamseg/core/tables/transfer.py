"""Exports and imports quantile tables: only those that hold go to another installation."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from streamseg.core.errors import StateError
from streamseg.core.tables.mail import TableSet
from streamseg.core.tables.records import IN_FORCE, MADE, PREFIX, InForce, Made

_encode = msgspec.msgpack.Encoder().encode
_decode_in_force = msgspec.msgpack.Decoder(InForce).decode
_decode_tables = msgspec.msgpack.Decoder(TableSet).decode


def exported_tables(records: Mapping[bytes, bytes], partition: int) -> bytes | None:
    """The tables that hold in a partition; None where there are none.

    Raises StateError where some are still on their way to contacts.
    """
    value = records.get(IN_FORCE.encode())
    if value is None:
        return None
    state = _decode_in_force(value)
    if state.coming or state.cursor is not None:
        raise StateError(
            f"partition {partition}: quantile tables are still on their way to contacts; let the "
            "workers run for some minutes until nothing comes in, stop them, and export then"
        )
    return None if state.now is None else _encode(state.now)


def imported_tables(tables: bytes) -> list[tuple[bytes, bytes]]:
    """The record of tables that hold, for the changelog of each partition."""
    return [(PREFIX + IN_FORCE.encode(), _encode(InForce(_decode_tables(tables))))]


def tables_of_maker(tables: bytes) -> tuple[bytes, bytes]:
    """The further record for the changelog of the partition that makes tables."""
    return PREFIX + MADE.encode(), _encode(Made(last=_decode_tables(tables)))
