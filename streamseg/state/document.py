"""A document of state: NDJSON whose lines are in the order in which they are needed.

    {"state": 1, "version": "…"}                 first
    {"layout": 0, "described": […]}              before the first contact that is written under it
    {"facts": "p-9", "value": […]}               what contacts' partitions know of a product
    {"contact": "c-17", "layout": 0, …}          one contact, by feature
    {"record": "…", "kind": "…", "value": …}     what else is kept of a contact
    {"catalog": "p-9", "value": […]}             what the catalog knows of a product
    {"tables": […]}                              the quantile tables that hold
    {"end": {"contacts": 2, "now": …, …}}        last: without it the document was cut

It holds what the changelogs hold, without the partitions, the input offsets and the counts: members
are counted again when the first worker starts, and contacts for the next quantile tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from streamseg import __version__
from streamseg.core.alerting.watch import PREFIX as ALERTS
from streamseg.core.contacts.resting import layout_of
from streamseg.core.counting.figures import PREFIX as COUNTS
from streamseg.core.counting.views import PREFIX as VIEWS
from streamseg.core.errors import StateError
from streamseg.core.tables.mail import MAKER
from streamseg.core.tables.records import PREFIX as TABLES
from streamseg.core.tables.transfer import exported_tables, imported_tables, tables_of_maker
from streamseg.kafka.murmur2 import murmur2
from streamseg.state.contact_line import bytes_of, line_of
from streamseg.state.naming import Names, plain, restored

FORMAT: Final = 1
_to_msgpack: Final = msgspec.msgpack.Encoder().encode
_of_msgpack: Final = msgspec.msgpack.Decoder().decode
_to_json: Final = msgspec.json.Encoder().encode
_of_json: Final = msgspec.json.Decoder().decode

Records = Mapping[bytes, bytes]  # of a compacted changelog
Line = dict[str, Any]


class Writer:
    """Makes the lines of a document, partition by partition."""

    def __init__(self) -> None:
        self._layouts: dict[bytes, Names] = {}
        self._facts: dict[bytes, bytes] | None = None
        self._graves: set[bytes] = set()
        self._tables: bytes | None = None
        self._counts = {"contacts": 0, "records": 0, "facts": 0, "catalog": 0}
        self._now: int | None = None
        self._horizon: int | None = None

    def begin(self) -> bytes:
        """The first line."""
        return _line({"state": FORMAT, "version": __version__})

    def partition(self, index: int, records: Records) -> Iterator[bytes]:
        """The lines of a partition of contacts.

        Raises StateError where it is not at rest, or behind another one.
        """
        by_kind: dict[bytes, dict[bytes, bytes]] = {}
        for key, value in records.items():
            by_kind.setdefault(key[:1], {})[key[1:]] = value
        if by_kind.pop(b"w", None):
            raise StateError(
                f"partition {index}: changes of products are still on their way to contacts; let "
                "the workers run until nothing comes in, stop them, and export then"
            )
        by_kind.pop(COUNTS, None)  # sizes are counted anew, days stay in the topic of statistics
        by_kind.pop(VIEWS, None)  # counted anew, too
        by_kind.pop(ALERTS, None)  # they begin anew with the partitions of the new installation
        if by_kind.pop(b"i", None):
            raise StateError(
                f"partition {index}: mail of contacts who become one waits for its time; let the "
                "workers run until nothing comes in, stop them, and export then"
            )
        self._take_now(by_kind.pop(b"n", {}))
        yield from self._tables_of(index, by_kind.pop(TABLES, {}))
        names = {}
        for number, described in by_kind.pop(b"l", {}).items():
            known = self._layouts.get(described)
            if known is None:
                known = Names(len(self._layouts), _of_msgpack(described))
                self._layouts[described] = known
                yield _line({"layout": known.number, "described": plain(known.described)})
            names[int(number)] = known
        yield from self._facts_of(index, by_kind.pop(b"p", {}))
        for raw, value in by_kind.pop(b"c", {}).items():
            self._counts["contacts"] += 1
            yield _line(line_of(raw, value, names[layout_of(value)]))
        for kind, others in by_kind.items():
            for raw, value in others.items():
                if kind == b"g" and not self._is_new(raw):
                    continue
                self._counts["records"] += 1
                told = plain(_of_msgpack(value))
                yield _line({"record": raw.decode(), "kind": kind.decode(), "value": told})

    def _is_new(self, grave: bytes) -> bool:
        """Whether a grave comes for the first time: one that was imported is in all partitions."""
        is_new = grave not in self._graves
        self._graves.add(grave)
        return is_new

    def _take_now(self, records: Records) -> None:
        """The least `now` of all partitions: nothing may be told earlier elsewhere."""
        for value in records.values():
            told = _of_msgpack(value)
            now, horizon = told if isinstance(told, list) else (told, None)
            self._now = now if self._now is None else min(self._now, now)
            if horizon is not None:
                self._horizon = horizon if self._horizon is None else max(self._horizon, horizon)

    def _tables_of(self, index: int, records: dict[bytes, bytes]) -> Iterator[bytes]:
        """The quantile tables that hold, once."""
        tables = exported_tables(records, index)
        if tables is None or tables == self._tables:
            return
        if self._tables is not None:
            raise StateError(
                f"partition {index} is under other quantile tables than the first: it has not read "
                "the last ones; let the workers run until nothing comes in, stop them, and export "
                "then"
            )
        self._tables = tables
        yield _line({"tables": plain(_of_msgpack(tables))})

    def _facts_of(self, index: int, facts: dict[bytes, bytes]) -> Iterator[bytes]:
        if self._facts is not None:
            if facts != self._facts:
                raise StateError(
                    f"partition {index} knows other facts of products than the first: it has not "
                    "read all their changes; let the workers run until nothing comes in, stop "
                    "them, and export then"
                )
            return
        self._facts = facts
        for raw, value in facts.items():
            self._counts["facts"] += 1
            yield _line({"facts": raw.decode(), "value": plain(_of_msgpack(value))})

    def catalog(self, records: Records) -> Iterator[bytes]:
        """The lines of a partition of the catalog."""
        for key, value in records.items():
            if key[:1] == b"p":
                self._counts["catalog"] += 1
                yield _line({"catalog": key[1:].decode(), "value": plain(_of_msgpack(value))})

    def end(self) -> bytes:
        """The last line."""
        return _line({"end": self._counts | {"now": self._now, "horizon": self._horizon}})


class Record(NamedTuple):
    """A record of a changelog: of contacts or of the catalog; its partition, key and value."""

    is_catalog: bool
    partition: int
    key: bytes
    value: bytes


class Reader:
    """Makes changelog records of a document, for other numbers of partitions."""

    def __init__(self, partitions: int, products: int) -> None:
        self._partitions = partitions
        self._products = products
        self._layouts: dict[int, Names] = {}
        self._counts = {"contacts": 0, "records": 0, "facts": 0, "catalog": 0}

    def records(self, lines: Iterable[bytes]) -> Iterator[Record]:
        """The records, in the document's order.

        Raises StateError, which names the line, where it is no document, or is not whole.
        """
        last: Line = {}
        number = 0
        for number, text in enumerate(lines, start=1):
            try:
                last = _of_json(text)
                if number == 1:
                    _check_first(last)
                else:
                    yield from self._records_of(last)
            except StateError as error:
                raise StateError(f"line {number}: {error}") from error
            except (msgspec.DecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
                raise StateError(f"line {number} is no line of state: {error!r}") from error
        if "end" not in last:
            raise StateError(f"it was cut: after line {number} there is no last line")

    def _records_of(self, line: Line) -> Iterator[Record]:
        if "contact" in line:
            raw = line["contact"].encode()
            value = bytes_of(line, self._layouts[line["layout"]])
            yield self._of_contact("contacts", raw, b"c" + raw, value)
        elif "described" in line:
            described = restored(line["described"])
            number = line["layout"]
            self._layouts[number] = Names(number, described)
            yield from self._everywhere(b"l%d" % number, _to_msgpack(described))
        elif "facts" in line:
            self._counts["facts"] += 1
            value = _to_msgpack(restored(line["value"]))
            yield from self._everywhere(b"p" + line["facts"].encode(), value)
        elif "catalog" in line:
            self._counts["catalog"] += 1
            raw = line["catalog"].encode()
            partition = murmur2(raw) % self._products
            yield Record(True, partition, b"p" + raw, _to_msgpack(restored(line["value"])))
        elif "tables" in line:
            tables = _to_msgpack(restored(line["tables"]))
            for key, value in imported_tables(tables):
                yield from self._everywhere(key, value)
            yield Record(False, MAKER, *tables_of_maker(tables))
        elif "record" in line:
            raw = line["record"].encode()
            value = _to_msgpack(restored(line["value"]))
            kind = line["kind"].encode()
            if kind == b"g":  # a grave: a hash does not tell where the contact is at home
                self._counts["records"] += 1
                yield from self._everywhere(kind + raw, value)
            else:
                yield self._of_contact("records", raw, kind + raw, value)
        else:
            yield from self._end(line["end"])

    def _of_contact(self, kind: str, raw: bytes, key: bytes, value: bytes) -> Record:
        self._counts[kind] += 1
        return Record(False, murmur2(raw) % self._partitions, key, value)

    def _everywhere(self, key: bytes, value: bytes) -> list[Record]:
        return [Record(False, one, key, value) for one in range(self._partitions)]

    def _end(self, end: Line) -> list[Record]:
        for kind, count in self._counts.items():
            if end[kind] != count:
                raise StateError(f"{count} lines of {kind}, and the last line tells of {end[kind]}")
        if end["now"] is None:
            return []
        now = end["now"] if end["horizon"] is None else [end["now"], end["horizon"]]
        return self._everywhere(b"n", _to_msgpack(now))


def _check_first(line: Line) -> None:
    if line["state"] != FORMAT:
        raise StateError(f"a document of format {line['state']}; this version reads {FORMAT}")


def _line(line: Line) -> bytes:
    return _to_json(line) + b"\n"
