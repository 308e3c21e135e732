"""What is told of bad rule files, word for word: place, what was found, what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamseg.rules import RuleErrors, parse_rules
from streamseg.rules.conditions.base import condition_specs
from streamseg.rules.segment_fields import SEGMENT_FIELDS
from streamseg.rules.templates.base import templates

# In messages these stand for lists that grow.
LISTS = {
    "TEMPLATES": ", ".join(templates()),
    "CONDITIONS": ", ".join(condition_specs()),
    "FIELDS": ", ".join(SEGMENT_FIELDS),
}


def cases() -> list[tuple[str, list[str]]]:
    """The blocks of the file: segments, and under them the messages, indented."""
    blocks = Path(__file__).with_name("bad_rule_files.txt").read_text("utf-8").split("\n\n")
    return [
        (
            "\n".join(line for line in block.splitlines() if not line.startswith("    ")),
            [line.strip() for line in block.splitlines() if line.startswith("    ")],
        )
        for block in blocks
    ]


CASES = cases()


def told(text: str) -> list[str]:
    with pytest.raises(RuleErrors) as raised:
        parse_rules(text)
    return [str(error).removeprefix("rules.yaml:") for error in raised.value.errors]


@pytest.mark.parametrize(("segments", "messages"), CASES, ids=[one for one, _ in CASES])
def test_errors_are_told_word_for_word(segments: str, messages: list[str]) -> None:
    wanted = messages
    for name, words in LISTS.items():
        wanted = [message.replace(f"allowed: {name}", f"allowed: {words}") for message in wanted]
    assert told(f"version: 1\nsegments:\n{segments}\n") == wanted


def test_all_of_a_long_file_are_told_at_once() -> None:
    # What is wrong with the YAML is told before all else.
    cases = [one for one in CASES if "twice" not in str(one) and "quotes" not in str(one)]
    segments = [segment for segment, _ in cases]
    counts = sum(len(messages) for _, messages in cases)
    # Names are taken, and other segments are there to ask about, once they stand in one file.
    renamed = [one.replace("name: s,", f"name: s{n},") for n, one in enumerate(segments)]
    assert len(told("version: 1\nsegments:\n" + "\n".join(renamed) + "\n")) >= counts - 2


def test_more_segments_than_a_contact_can_be_in_are_refused() -> None:
    names = [f"s{number}" for number in range(8_000)]
    text = "version: 1\nsegments:\n" + "".join(f"- {{name: {one}, on: {one}}}\n" for one in names)
    (message,) = told(text)
    assert message == (
        "3:10: a contact may take 5,552 kB under these rules, and no more than 4,000 kB fit into a "
        "record of the changelog; most of it, 5,552 kB, is for s0, s1, s2, s3, s4 and 7,995 more: "
        "whether the contact is in each of them; have fewer segments"
    )


def test_a_name_has_a_bound() -> None:
    """A name goes into keys of records, and into state with its length in two bytes."""
    split = "policy: {{split: {{of: {{? {} : 40, b: 60}}}}}}"
    file = "version: 1\nsegments:\n- {{name: {}, on: x, " + split + "}}\n"
    parse_rules(file.format("s" * 1000, "\U0001f600" * 1000))
    assert told(file.format("s" * 1001, "a")) == [
        "3:10: a name of 1001 characters; at most 1000 are allowed"
    ]
    assert told(file.format("s", "a" * 1001)) == [
        "3:44: a name of 1001 characters; at most 1000 are allowed"
    ]


def test_no_segment_has_the_name_of_one_that_the_engine_adds() -> None:
    """What both count would be one figure."""
    file = "version: 1\n{}segments:\n- {{name: 'lifecycle: customers', when: {{did: searched}}}}\n"
    parse_rules(file.format(""))
    (message,) = told(file.format("value: {kpis: {lifecycle: true}}\n"))
    assert message == (
        "4:10: under these rules the engine has a segment 'lifecycle: customers' of its own; give "
        "this one another name"
    )
