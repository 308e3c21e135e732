"""Mistakes that a new user makes: one clear message, the place, and the way out."""

import subprocess
from pathlib import Path

import pytest

from .command import CART, STREAMSEG, installed, ndjson, streamseg, write_rules

EVENTS = ndjson("10:00 cart_item_added c1 p1; 10:30 page_viewed c1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "events.ndjson").write_bytes(EVENTS)
    (tmp_path / "folder").mkdir()
    write_rules(tmp_path, CART)
    return tmp_path


def told(folder: Path, *arguments: str, code: int, stdin: bytes = b"") -> str:
    """What standard error says, in one line without the frame of a usage error."""
    result = streamseg(folder, *arguments, stdin=stdin)
    assert result.returncode == code, result.stderr.decode()
    return " ".join(result.stderr.decode().replace("│", " ").split())


def replay(folder: Path, *arguments: str, code: int = 2, stdin: bytes = b"") -> str:
    return told(folder, "replay", "--rules", "rules.yaml", *arguments, code=code, stdin=stdin)


@pytest.mark.parametrize("option", ["--out", "--membership", "--decisions", "--dlq"])
@pytest.mark.parametrize("name", ["events.ndjson", "./events.ndjson", "link.ndjson"])
def test_a_replay_does_not_overwrite_its_events(folder: Path, option: str, name: str) -> None:
    (folder / "link.ndjson").symlink_to("events.ndjson")
    message = replay(folder, option, name, "events.ndjson")
    assert f"{option}: {Path(name)} would overwrite events.ndjson, which is read" in message
    assert (folder / "events.ndjson").read_bytes() == EVENTS


def test_a_replay_does_not_overwrite_its_rules(folder: Path) -> None:
    before = (folder / "rules.yaml").read_bytes()
    assert "which is read" in replay(folder, "--out", "rules.yaml", "events.ndjson")
    assert (folder / "rules.yaml").read_bytes() == before


def test_two_outputs_do_not_share_a_file(folder: Path) -> None:
    message = replay(folder, "--out", "all.ndjson", "--dlq", "./all.ndjson", "events.ndjson")
    assert "--dlq: all.ndjson is what --out writes; name another file" in message
    assert not (folder / "all.ndjson").exists()


def test_outputs_may_share_standard_output_and_what_is_no_file(folder: Path) -> None:
    replay(folder, "--out", "-", "--dlq", "-", "events.ndjson", code=0)
    replay(folder, "--out", "/dev/null", "--dlq", "/dev/null", "events.ndjson", code=0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--until", "tomorrow", "events.ndjson"], "write for example 2026-11-22T12:00:00Z, or"),
        (["--until", "2026-11-22", "events.ndjson"], "write for example 2026-11-22T12:00:00Z, or"),
        (["--lateness", "5", "events.ndjson"], "write for example 90s, 1h or 30d"),
    ],
)
def test_a_wrong_time_is_told_with_a_right_one(
    folder: Path, arguments: list[str], message: str
) -> None:
    assert message in replay(folder, *arguments)


def test_the_first_refused_record_is_told_with_its_place(folder: Path) -> None:
    (folder / "more.ndjson").write_bytes(b"\n{}\n{\n")
    assert replay(folder, "events.ndjson", "more.ndjson", code=0) == (
        "2 records refused: no_type 1, not_json 1 "
        "the first is more.ndjson:2: type is missing; --dlq F writes all of them to F"
    )
    assert replay(folder, "--dlq", "dlq", "events.ndjson", "more.ndjson", code=0) == (
        "2 records refused: no_type 1, not_json 1"
    )


def test_a_closed_standard_stream_is_told(folder: Path) -> None:
    for ends, what in (
        ("replay --rules rules.yaml - <&-", "standard input"),
        ("replay --rules rules.yaml events.ndjson >&-", "standard output"),
        ("simulate --events 3 >&-", "standard output"),
        ("tail >&-", "standard output"),
    ):
        done = subprocess.run(
            ["sh", "-c", f'exec "$0" {ends}', str(STREAMSEG)],
            cwd=folder,
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stderr.decode()) == (1, f"streamseg: {what} is closed\n")


def test_files_to_send_are_looked_at_before_kafka_is(folder: Path) -> None:
    nowhere = ("--bootstrap", "127.0.0.1:1")
    message = told(folder, "produce", *nowhere, "events.ndjson", "missing.ndjson", code=1)
    assert message == "streamseg: missing.ndjson: No such file or directory"
    message = told(folder, "produce", *nowhere, "folder", code=1)
    assert message == "streamseg: folder: Is a directory"


@pytest.mark.parametrize(
    "arguments", [["produce", "events.ndjson"], ["tail"], ["topics", "plan"], ["topics", "apply"]]
)
def test_a_kafka_that_does_not_answer_is_told_with_the_way_out(
    folder: Path, arguments: list[str]
) -> None:
    done = installed(folder, *arguments, "--bootstrap", "127.0.0.1:1")
    assert done.returncode == 1
    assert done.stderr.decode().endswith(
        "streamseg: Kafka cannot be worked with: nothing listens at 127.0.0.1:1. Is Kafka running "
        "there? `streamseg kafka up` starts a local one\n"
    )


@pytest.mark.parametrize("address", ["localhost", "a b:1", "a:1,"])
def test_a_wrong_address_of_kafka_is_told_with_a_right_one(folder: Path, address: str) -> None:
    message = told(folder, "tail", "--bootstrap", address, code=1)
    assert message.endswith("must be host:port, with commas between several")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rule", "check", "rules.yaml"], "No such command 'rule'. Did you mean 'rules'?"),
        (["rules", "check"], "Missing argument 'FILE'."),
        (["replay", "--rules", "rules.yaml"], "Missing argument 'FILE'."),
        (["produce"], "Missing argument 'FILE'."),
    ],
)
def test_wrong_usage_is_told_in_the_words_of_the_help(
    folder: Path, arguments: list[str], message: str
) -> None:
    assert message in told(folder, *arguments, code=2)


def test_another_version_is_told_with_the_right_one(folder: Path) -> None:
    (folder / "rules.yaml").write_text("version: 2\nsegments: [{name: s, use: inactivity}]\n")
    result = streamseg(folder, "rules", "check", "rules.yaml")
    assert result.stdout.decode() == "rules.yaml:1:10: must be 1, not the number 2\n"


def test_a_segment_that_is_begun_needs_a_name(folder: Path) -> None:
    assert "--name: must not be empty" in told(
        folder, "rules", "new", "inactivity", "--name", "", code=2
    )


def test_dead_letters_are_of_no_segment(folder: Path) -> None:
    message = told(folder, "tail", "dlq", "--segment", "cart_left", code=2)
    assert "dlq is of no segment; --segment goes with triggers, membership, decisions" in message
