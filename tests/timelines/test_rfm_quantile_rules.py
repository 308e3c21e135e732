"""What is told of rules with quantiles: what is wrong, and what is doubtful."""

import pytest

from streamseg.rules import RuleErrors, parse_rules
from streamseg.rules.document import parse_document
from streamseg.rules.lint.warnings import warnings_of
from streamseg.rules.loading import compile_rules

SEGMENTS = "segments: [{name: s, use: rfm_moved, membership: true}]"


def file_of(buyers: str, more: str = "") -> str:
    return f"version: 1\nvalue:\n  rfm: {{buyers: {{{buyers}}}}}\n  {more}\n{SEGMENTS}\n"


@pytest.mark.parametrize(
    ("buyers", "more", "message"),
    [
        ("monetary: {quantiles: 5}", "", "3:28: `fallback` is missing: the cuts until there is a"),
        (
            "monetary: {quantiles: 5, fallback: [1, 2]}",
            "",
            "3:53: 5 quantiles take 4 cuts, not 2",
        ),
        (
            "monetary: {quantiles: 3, fallback: [1, 2]}",
            "",
            "3:28: 3 scores, and recency has 5: all need as many",
        ),
        ("monetary: {quantiles: 12, fallback: [1, 2]}", "", "3:40: must be a whole number from 2"),
        ("monetary: {quantiles: 5, fallback: [4, 3, 2, 1]}", "", "3:57: cuts must ascend"),
        ("over: any, monetary: {quantiles: 2, fallback: [1]}", "", "3:39: 2 scores, and recency"),
        (
            "within: 9d",
            "tables: {at: monday}",
            '4:16: must be a day and a time such as "mon 04:00"',
        ),
        ("within: 9d", 'tables: {at: "04:00"}', "4:16: no day of the week; write for example"),
        ("within: 9d", 'tables: {every: day, at: "mon 04:00"}', "4:28: `every: day` takes a time"),
        ("within: 9d", "tables: {drift: 51}", "4:19: must be a whole number from 0 to 50"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(buyers: str, more: str, message: str) -> None:
    with pytest.raises(RuleErrors) as found:
        parse_rules(file_of(buyers, more))
    first, *_ = [str(one).removeprefix("rules.yaml:") for one in found.value.errors]
    assert first.startswith(message)


def warned(text: str) -> list[str]:
    document = parse_document(text, "f")
    return [str(one) for one in warnings_of(document, compile_rules(document, "f"), "f")]


def test_quantiles_of_frequency_are_doubtful() -> None:
    (warning,) = warned(file_of("frequency: {quantiles: 5, fallback: [2, 3, 5, 10]}"))
    assert warning.startswith("f:3:29: warning: most contacts have ordered once or twice")
    assert warned(file_of("monetary: {quantiles: 5, fallback: [2, 3, 5, 10]}")) == []


def test_what_is_cut_otherwise_is_another_segment_and_when_it_is_cut_is_not() -> None:
    def version(buyers: str, more: str = "") -> str:
        return parse_rules(file_of(buyers, more)).segments[0].definition.version

    fixed = version("monetary: [2, 3, 5, 10]")
    cut = version("monetary: {quantiles: 5, fallback: [2, 3, 5, 10]}")
    assert cut != fixed
    assert version("monetary: {quantiles: 5, fallback: [2, 3, 5, 11]}") != cut
    assert version("monetary: {quantiles: 5, fallback: [2, 3, 5, 10]}", "tables: {drift: 1}") == cut


def test_nothing_is_kept_for_tables_where_no_rule_asks_for_them() -> None:
    assert parse_rules(file_of("monetary: [2, 3, 5, 10]")).table_terms is None
    asked = file_of("monetary: {quantiles: 5, fallback: [2, 3, 5, 10]}")
    assert parse_rules(asked).table_terms is not None
    nobody = asked.replace(SEGMENTS, "segments: [{name: s, use: welcome}]")
    assert parse_rules(nobody).table_terms is None
