"""Quantile tables as JSON objects: values of their topic, and lines that a replay is given."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from streamseg.core.tables.mail import Table, TableSet
from streamseg.core.values.numbers import pack, unpack
from streamseg.core.values.timestamps import format_time, parse_time

TYPE: Final = "tables.made"
_encode = msgspec.json.Encoder().encode


class _Told(msgspec.Struct, frozen=True):
    """The table of a label as it is told; cuts that are not whole are texts."""

    of: str
    made_at: str
    contacts: int
    cuts: dict[str, list[int | str]]
    reached: dict[str, list[int]]


class _Line(msgspec.Struct, frozen=True):
    type: str
    boundary: str
    effective: str
    tables: dict[str, _Told]


_decode = msgspec.json.Decoder(_Line).decode


def encode_tables(tables: TableSet) -> tuple[bytes, bytes]:
    """Key and value: the tables of all labels from an instant on."""
    boundary = format_time(tables.boundary)
    value: dict[str, Any] = {
        "type": TYPE,
        "boundary": boundary,
        "effective": format_time(tables.effective),
        "tables": {
            name: {
                "of": table.of,
                "made_at": format_time(table.boundary),
                "contacts": table.count,
                "cuts": table.cuts,
                "reached": table.reached,
            }
            for name, table in tables.tables.items()
        },
    }
    return boundary.encode(), _encode(value)


def decode_tables(value: bytes) -> TableSet:
    """The tables that ``encode_tables`` told. Raises ValueError where it is something else."""
    try:
        line = _decode(value)
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from None
    if line.type != TYPE:
        raise ValueError(f"{line.type!r} is not {TYPE}")
    return TableSet(
        parse_time(line.boundary),
        parse_time(line.effective),
        {name: _table_of(told) for name, told in line.tables.items()},
    )


def _table_of(told: _Told) -> Table:
    cuts = {
        dimension: [packed for cut in those if (packed := pack(unpack(cut))) is not None]
        for dimension, those in told.cuts.items()
    }
    return Table(told.of, parse_time(told.made_at), told.contacts, cuts, told.reached)
