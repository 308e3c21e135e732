"""The table of `streamseg stats`, and its JSON."""

import io
import json
from datetime import date
from typing import Any

import pytest
from rich.console import Console

from streamseg.cli.stats import print_tables
from streamseg.core.segments.derived import CUSTOMERS
from streamseg.kpis.matrices import (
    Churn,
    churn_since,
    churn_text,
    lifecycle_table,
    moves_since,
    retention_table,
)
from streamseg.kpis.member_sums import member_sums_table
from streamseg.kpis.showing import parse_since, sparkline, table, to_json
from streamseg.kpis.summing import summed

NOW = 1_796_000_000_000  # 2026-11-30T00:53:20Z
WEEK = 604_800_000


def day(segment: str, name: str, *variants: dict[str, Any]) -> bytes:
    value = {"segment": segment, "day": name, "partition": 0, "at": "", "variants": variants}
    return json.dumps(value).encode()


def size(segment: str, members: int) -> bytes:
    figures = {"members": members, "entered": 9, "exited": 2, "spent": "10.50"}
    place = {"segment": segment, "partition": 0, "at": "", "within": WEEK, "zone": "UTC"}
    return json.dumps(place | figures).encode()


RECORDS = [
    size("vips", 7),
    day(
        "vips",
        "2026-11-21",
        {"variant": None, "entered": 3, "exposures": 900, "converted": 90, "revenue": "900.5"},
        {"variant": "holdout", "control": 300, "exposures": 300, "converted": 18},
        {"variant": "control", "control": 200, "exposures": 200, "converted": 12},
    ),
    day("vips", "2026-11-29", {"variant": None, "entered": 6, "exposures": 10, "converted": 1}),
]


def test_only_days_whose_exposures_have_ended_give_the_rate() -> None:
    shown = to_json(summed(RECORDS).segment("vips"), NOW, 30)
    assert (shown["mature"]["exposures"], shown["so_far"]["exposures"]) == (1400, 10)
    assert shown["lift"]["rate"]["proven"] is False
    assert round(shown["lift"]["rate"]["difference"], 3) == 0.04
    assert shown["spent"] == "10.50"
    json.dumps(shown)


@pytest.mark.parametrize(("before", "mature"), [(0, 10), (1, 0)])
def test_a_day_is_mature_when_its_last_exposure_has_ended(before: int, mature: int) -> None:
    """Which may have begun in its last millisecond; by the clock of the shop."""
    records = [
        json.dumps(json.loads(size("vips", 7)) | {"zone": "Europe/Kyiv"}).encode(),
        day("vips", "2026-11-22", {"variant": None, "exposures": 10, "converted": 1}),
    ]
    ended = 1_795_989_600_000 - before  # 2026-11-30 00:00 in Kyiv
    shown = to_json(summed(records).segment("vips"), ended, 30)
    assert shown["mature"].get("exposures", 0) == mature
    assert shown["so_far"].get("exposures", 0) == 10 - mature


def test_whoever_was_in_two_arms_changes_no_lift() -> None:
    mixed = {"variant": "mixed", "exposures": 700, "converted": 600, "revenue": "7000"}
    with_mixed = [*RECORDS, day("vips", "2026-11-20", mixed)]
    one, other = (
        to_json(summed(records).segment("vips"), NOW, 30) for records in (RECORDS, with_mixed)
    )
    assert other["lift"] == one["lift"] != {"rate": None, "revenue": None}


def test_days_before_the_period_are_left_out() -> None:
    shown = to_json(summed(RECORDS).segment("vips"), NOW, date(2026, 11, 22))
    assert [one["day"] for one in shown["days"]] == ["2026-11-29"]
    assert shown["lift"] == {"rate": None, "revenue": None}


def test_the_table_has_a_line_for_each_segment() -> None:
    summary = summed(RECORDS)
    out = io.StringIO()
    Console(file=out, width=200).print(table(summary, ["vips"], NOW, 10))
    _, line = out.getvalue().splitlines()
    words = line.split()
    assert words[:2] == ["vips", "7"]
    assert "+4.0 pp [-0.7, +8.7] not proven" in line
    assert words[-1] == "▄▁▁▁▁▁▁▁█▁"


@pytest.mark.parametrize(
    ("values", "bars"), [([], ""), ([0, 0], "▁▁"), ([-1, 7, 14], "▁▄█"), ([1], "█")]
)
def test_the_highest_bar_is_the_largest_value(values: list[int], bars: str) -> None:
    assert sparkline(values) == bars


def test_since_is_a_day_or_a_number_of_days() -> None:
    assert parse_since("7d") == 7
    assert parse_since("2026-11-01") == date(2026, 11, 1)
    for wrong in ("0d", "99999d", "yesterday", "1969-12-31"):
        with pytest.raises(ValueError, match=wrong):
            parse_since(wrong)


def test_the_matrices_are_added_up_over_partitions_and_days() -> None:
    def record(partition: int, **told: Any) -> bytes:
        return json.dumps({"partition": partition, "at": "", **told}).encode()

    summary = summed(
        [
            record(0, cohort="2026-10", contacts={"0": 30, "2": 3}),
            record(1, cohort="2026-10", contacts={"0": 10, "1": 4}),
            record(0, day="2026-11-01", lifecycle={"new": {"active": 9}}),
            record(0, day="2026-11-02", lifecycle={"new": {"active": 2, "lost": 0}}),
            record(1, day="2026-11-02", lifecycle={"new": {"active": 1}, "none": {"new": 1_500}}),
        ]
    )
    moves = moves_since(summary, "2026-11-02")
    assert moves == {"new": {"active": 3}, "none": {"new": 1_500}}
    out = io.StringIO()
    console = Console(file=out, width=200)
    console.print(retention_table(summary.cohorts))
    console.print(lifecycle_table(moves))
    assert [line.split() for line in out.getvalue().splitlines()] == [
        ["first", "order", "buyers", "+1", "+2"],
        ["2026-10", "40", "10.0", "%", "7.5", "%"],
        ["from", "\\", "to", "new", "active"],
        ["none", "1,500"],
        ["new", "3"],
    ]


def test_churn_is_of_who_were_customers_as_the_first_day_began() -> None:
    def moved(name: str, **moves: Any) -> bytes:
        return json.dumps({"day": name, "partition": 0, "at": "", "lifecycle": moves}).encode()

    records = [
        size(CUSTOMERS, 1_195),
        day(CUSTOMERS, "2026-11-20", {"variant": None, "entered": 700}),
        day(CUSTOMERS, "2026-11-21", {"variant": None, "entered": 3, "exited": 21}),
        day(CUSTOMERS, "2026-11-22", {"variant": None, "entered": 20, "exited": 11}),
        moved("2026-11-20", at_risk={"lost": 99}),
        moved("2026-11-21", at_risk={"lost": 20}, none={"lost": 5}, prospect={"new": 3}),
        moved("2026-11-22", at_risk={"lost": 11}, lost={"returned": 20}),
    ]
    churn = churn_since(summed(records), "2026-11-21")
    assert churn == (31, 1_204)
    assert churn is not None
    assert churn_text(churn) == "31 lost of 1,204 who were customers then: 2.6 %"
    assert churn_text(Churn(0, 0)) == "0 lost of 0 who were customers then"
    assert churn_since(summed(RECORDS), "2026-11-21") is None


def size_line(partition: int, **by_instant: str) -> bytes:
    """What a partition summed of 10 contacts as of each instant: what their orders are worth."""
    place = {"segment": "vips", "partition": partition, "at": "", "members": 10}
    scores = {"rfm.buyers": {"recency": {"1": 4, "5": 6}}}
    sums = {
        f"2026-11-{day}T04:00:00.000Z": {
            "contacts": 10, "predicted": 8, "clv": worth, "scores": scores
        }
        for day, worth in ((name[1:], worth) for name, worth in by_instant.items())
    }  # fmt: skip
    return json.dumps(place | {"entered": 9, "exited": 2, "census": sums}).encode()


def shown_sums(*records: bytes) -> str:
    shown = member_sums_table(summed(records), ["vips"])
    assert shown is not None
    told = io.StringIO()
    Console(file=told, width=200).print(shown)
    return " ".join(told.getvalue().splitlines()[1].split())


def test_what_partitions_summed_as_of_one_instant_is_added_up() -> None:
    records = size_line(0, d23="80.10"), size_line(1, d23="79.90")
    assert shown_sums(*records) == ("vips 2026-11-23 04:00 20 160.00 10.00 rfm.buyers r 8/0/0/0/12")
    told = to_json(summed(records).segment("vips"), NOW, 30)["census"]
    assert json.loads(json.dumps(told))["2026-11-23T04:00:00.000Z"]["clv"] == "160.00"


def test_of_different_instants_nothing_is_added_up() -> None:
    told = shown_sums(size_line(0, d23="80.10"), size_line(1, d30="9.00"), size_line(2, d30="9.00"))
    assert told.startswith("vips 2026-11-30 04:00 (2 of 3) 20 18.00 1.12 ")


def test_where_nothing_was_summed_there_is_no_table() -> None:
    assert member_sums_table(summed(RECORDS), ["vips"]) is None


def test_no_figure_is_cut_where_the_output_is_narrow(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    print_tables(summed(RECORDS), ["vips"], NOW, 30, is_whole=True)
    title, line, *_ = capsys.readouterr().out.splitlines()
    assert title.split() == [
        *("segment", "members", "entered", "exited", "fired", "exposures", "converted"),
        *("so", "far", "revenue", "lift", "entered", "by", "day"),
    ]
    assert "+4.0 pp [-0.7, +8.7] not proven" in line
    assert "…" not in line
