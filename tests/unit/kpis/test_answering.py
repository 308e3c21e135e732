"""What the API tells of a segment is what `streamseg stats --json` tells."""

from __future__ import annotations

from streamseg.kpis.answering import answer_of
from streamseg.kpis.showing import to_json
from streamseg.kpis.summing import summed

from .test_showing import NOW, RECORDS, size_line


def test_the_sums_of_members_are_among_what_the_api_tells() -> None:
    summary = summed([size_line(0, d23="80.10"), size_line(1, d23="79.90")])
    found = answer_of(summary, "vips", NOW, 30)
    assert found is not None
    assert found.census == to_json(summary.segments["vips"], NOW, 30)["census"]
    assert found.census


def test_where_nothing_was_summed_or_counted() -> None:
    found = answer_of(summed(RECORDS), "vips", NOW, 30)
    assert found is not None
    assert found.census == {}
    assert answer_of(summed(RECORDS), "nobody", NOW, 30) is None
