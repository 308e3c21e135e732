"""Quantile tables as they stand in their topic, and in the file that a replay is given."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from streamseg.core.tables.mail import Table, TableSet
from streamseg.formats.tables import decode_tables, encode_tables
from streamseg.topics.catalogue import load_schema
from tests.timelines.command import streamseg

MONEY = Table("total", 7_200_000, 512, {"monetary": [1, "2.5", 40]}, {"monetary": [400, 9, 1]})
LATE = Table("opened", 3_600_000, 99, {"recency": [86_400_000], "frequency": [3]}, {})
TABLES = TableSet(7_200_000, 7_260_001, {"rfm.buyers": MONEY, "rfm.readers": LATE})


def test_what_is_told_can_be_read_again_and_is_as_the_schema_says() -> None:
    key, value = encode_tables(TABLES)
    assert key == b"1970-01-01T02:00:00.000Z"
    assert decode_tables(value) == TABLES
    Draft202012Validator(load_schema("tables.schema.json")).validate(json.loads(value))


@pytest.mark.parametrize("line", ["", "{}", '{"type": "other"}', "7", '{"type": "tables.made"}'])
def test_what_is_no_table_is_told_with_its_line(tmp_path: Path, line: str) -> None:
    (tmp_path / "tables.ndjson").write_bytes(
        encode_tables(TABLES)[1] + b"\n" + line.encode() + b"\n"
    )
    (tmp_path / "rules.yaml").write_text("version: 1\nsegments: [{name: s, use: welcome}]\n")
    (tmp_path / "events.ndjson").write_text("")
    done = streamseg(
        tmp_path, "replay", "--rules", "rules.yaml", "--tables", "tables.ndjson", "events.ndjson"
    )
    assert done.returncode == 1
    told = done.stderr.decode()
    assert told.startswith("streamseg: tables.ndjson:2: no tables of quantiles (")
    assert "streamseg tables export" in told
