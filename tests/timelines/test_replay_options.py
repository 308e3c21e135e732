"""Section 7: the options of `streamseg replay`."""

from pathlib import Path

import pytest

from .command import CART, FINDER, ndjson, records, replay, streamseg, write_rules
from .drawing import show_outcome

EVENTS = "10:00 cart_item_added c1 p1; 10:30 page_viewed c1"
COOL = "- {name: s, when: {did: searched, within: 1m}, trigger: {cooldown: 1h}}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "events.ndjson").write_bytes(ndjson(EVENTS))
    return tmp_path


def told(output: bytes) -> list[str]:
    return [show_outcome(each) for each in records(output)]


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        ("2026-11-21T10:59:59.999Z", []),
        ("2026-11-21T11:00:00Z", ["11:00 fired cart_left c1 rung=1h anchor=10:00"]),
        ("2026-11-21T13:00:00+02:00", ["11:00 fired cart_left c1 rung=1h anchor=10:00"]),
        (
            "2026-11-21T11:30:00.500Z",
            ["11:00 fired cart_left c1 rung=1h anchor=10:00 emitted=11:30:00.500"],
        ),
        ("2020-01-01T00:00:00Z", []),
    ],
)
def test_until(folder: Path, until: str, expected: list[str]) -> None:
    assert told(replay(folder, CART, "--until", until, "events.ndjson").stdout) == expected


def test_an_until_in_seconds_is_wrong_usage(folder: Path) -> None:
    done = replay(folder, CART, "--until", "1795255200", "events.ndjson", code=2)
    assert b"seconds" in done.stderr


def test_without_until_it_ends_with_the_last_event(folder: Path) -> None:
    assert replay(folder, CART, "events.ndjson").stdout == b""
    (folder / "more.ndjson").write_bytes(ndjson(EVENTS + "; 11:00 page_viewed c2"))
    assert told(replay(folder, CART, "more.ndjson").stdout) == [
        "11:00 fired cart_left c1 rung=1h anchor=10:00"
    ]


def test_lateness_is_nothing_unless_given(folder: Path) -> None:
    until = ("--until", "2026-11-21T11:05:00Z", "events.ndjson")
    assert len(records(replay(folder, CART, *until).stdout)) == 1
    assert len(records(replay(folder, CART, "--lateness", "5m", *until).stdout)) == 1
    assert replay(folder, CART, "--lateness", "301s", *until).stdout == b""


def test_out_gets_the_triggers_instead_of_standard_output(folder: Path) -> None:
    until = ("--until", "2026-11-21T11:00:00Z")
    to_stdout = replay(folder, CART, *until, "events.ndjson").stdout
    result = replay(folder, CART, *until, "--out", "out.ndjson", "events.ndjson")
    assert result.stdout == b""
    assert (folder / "out.ndjson").read_bytes() == to_stdout
    assert to_stdout.count(b"\n") == 1


def test_out_is_written_even_if_nothing_fired(folder: Path) -> None:
    (folder / "out.ndjson").write_bytes(b"of an earlier run\n")
    replay(folder, CART, "--out", "out.ndjson", "events.ndjson")
    assert (folder / "out.ndjson").read_bytes() == b""


def test_decisions_get_what_was_held_back(folder: Path) -> None:
    (folder / "events.ndjson").write_bytes(ndjson("10:00 searched c1 a; 10:30 searched c1 a"))
    result = replay(folder, COOL, "--decisions", "decisions.ndjson", "events.ndjson")
    assert told(result.stdout) == ["10:00 fired s c1"]
    assert told((folder / "decisions.ndjson").read_bytes()) == [
        "10:30 suppressed s c1 reason=cooldown"
    ]


def test_membership_gets_what_was_entered_and_left(folder: Path) -> None:
    (folder / "events.ndjson").write_bytes(ndjson("10:00 searched c1 a; 10:30 page_viewed c1"))
    rules = "- {name: s, when: {did: searched, within: 1m}, membership: true}"
    replay(folder, rules, "--membership", "membership.ndjson", "events.ndjson")
    written = records((folder / "membership.ndjson").read_bytes())
    assert [each["type"] for each in written] == ["segment.entered", "segment.exited"]


def test_dlq_gets_one_line_a_refused_record(folder: Path) -> None:
    lines = ndjson("10:00 searched c1 a") + b"\n{\n" + ndjson("10:01 searched c1 b") + b"[]"
    (folder / "events.ndjson").write_bytes(lines)
    result = replay(folder, FINDER, "--dlq", "dlq.ndjson", "events.ndjson")
    assert len(records(result.stdout)) == 2
    written = records((folder / "dlq.ndjson").read_bytes())
    assert [(each["code"], each["line"], each["value"]) for each in written] == [
        ("not_json", 3, "{"),
        ("not_object", 5, "[]"),
    ]
    assert b"2" in result.stderr


def test_standard_input_is_a_dash(folder: Path) -> None:
    until = ("--until", "2026-11-21T11:00:00Z")
    of_a_file = replay(folder, CART, *until, "events.ndjson").stdout
    assert replay(folder, CART, *until, "-", stdin=ndjson(EVENTS)).stdout == of_a_file
    assert of_a_file


def test_empty_lines_are_skipped_but_counted(folder: Path) -> None:
    drawn = "-; 10:00 searched c1 a; -; -; 10:01 searched c1 b; -"
    (folder / "events.ndjson").write_bytes(ndjson(drawn))
    result = replay(folder, FINDER, "--strict", "events.ndjson")
    assert told(result.stdout) == [
        "10:00 fired finder c1 anchor=10:00#line:2",
        "10:01 fired finder c1 anchor=10:01#line:5",
    ]


def test_a_last_line_needs_no_line_end(folder: Path) -> None:
    (folder / "events.ndjson").write_bytes(ndjson("10:00 searched c1 a").rstrip(b"\n"))
    assert len(records(replay(folder, FINDER, "events.ndjson").stdout)) == 1


def test_an_empty_file_brings_nothing(folder: Path) -> None:
    (folder / "events.ndjson").write_bytes(b"")
    assert replay(folder, CART, "events.ndjson").stdout == b""


@pytest.mark.parametrize("every", ["1", "2", "3", "1000"])
def test_restarts_change_nothing_in_the_output(folder: Path, every: str) -> None:
    drawn = """
    09:00 stock_changed p1 0
    09:10 product_viewed c1 p1
    09:20 cart_item_added c1 p1@0.1 #e1
    09:20 cart_item_added c1 p1@0.1 #e1
    10:10 cart_item_added c2 p2
    10:30 stock_changed p1 4
    11:00 page_viewed c1
    09:50 order_placed c1 o1 items=p1
    11:10 searched c1 a
    11:20 searched c1 b
    """
    (folder / "events.ndjson").write_bytes(ndjson(drawn))
    rules = f"{CART}\n- {{name: back, use: back_in_stock}}\n{COOL}\n{FINDER}"
    files = [f"{name}.ndjson" for name in ("out", "decisions", "membership", "dlq")]
    options = [word for name in files for word in (f"--{name.split('.')[0]}", name)]
    end = ["--until", "2026-12-31T00:00:00Z", "events.ndjson"]

    def outputs(*more: str) -> list[bytes]:
        replay(folder, rules, *options, *more, *end)
        return [(folder / name).read_bytes() for name in files]

    whole = outputs()
    assert outputs("--restart-every", every) == whole
    assert outputs() == whole
    # Cart and restock told and taken back by the late order, c2's cart, three for two searches.
    assert whole[0].count(b"\n") == 8


def test_numbers_are_taken_as_written(folder: Path) -> None:
    # Beyond 15 digits a binary fraction would not tell these totals apart.
    def line(contact: str, price: str) -> bytes:
        return (
            f'{{"type":"cart_item_added","contact":"{contact}","time":1795255200000,'
            f'"data":{{"product":"p1","price":{price}}}}}\n'
        ).encode()

    lines = [line("c1", "12345678901234567.88"), line("c2", "12345678901234567.89")]
    lines += [line("c3", "1.234567890123456789e16"), line("c4", "12345678901234567.890")]
    (folder / "events.ndjson").write_bytes(b"".join(lines))
    rules = "- {name: s, when: {cart: {total: {gte: 12345678901234567.89}}}, trigger: {}}"
    result = replay(folder, rules, "events.ndjson")
    assert [each["contact"] for each in records(result.stdout)] == ["c2", "c3", "c4"]


def test_the_output_is_in_the_order_of_emission(folder: Path) -> None:
    (folder / "events.ndjson").write_bytes(
        ndjson("10:00 cart_item_added c1 p1; 12:00 searched c1 a; 11:30 searched c2 a")
    )
    assert told(replay(folder, CART + "\n" + FINDER, "events.ndjson").stdout) == [
        "11:00 fired cart_left c1 rung=1h anchor=10:00 emitted=12:00",
        "12:00 fired finder c1 anchor=12:00#line:2",
        "11:30 fired finder c2 anchor=11:30#line:3 emitted=12:00",
    ]


def test_every_time_of_the_output_has_three_decimals_and_z(folder: Path) -> None:
    write_rules(folder, CART)
    result = streamseg(
        folder,
        "replay",
        "--rules",
        "rules.yaml",
        "--until",
        "2026-11-21T11:00:00Z",
        "events.ndjson",
    )
    assert b'"entered_at":"2026-11-21T11:00:00.000Z"' in result.stdout.replace(b": ", b":")


def test_a_contact_is_followed_in_all_outputs_and_all_is_read(folder: Path) -> None:
    # The stock that c1 waits for, and the time at which c1 is told, come from others.
    (folder / "events.ndjson").write_bytes(
        ndjson(
            "09:00 stock_changed p1 0; 10:00 product_viewed c1 p1; 10:00 product_viewed c2 p1;"
            "10:00 searched c1 a; 10:30 searched c1 a; 10:30 searched c2 a; 10:40 searched c2 a;"
            "11:00 stock_changed p1 2; 12:00 page_viewed c3"
        )
        + b"{}\n"
    )
    rules = f"{COOL[:-1]}, membership: true}}\n- {{name: back, use: back_in_stock}}"
    outputs = ("--membership", "in.ndjson", "--decisions", "held.ndjson")
    whole = replay(folder, rules, *outputs, "events.ndjson")
    of_all = [whole.stdout, *((folder / name).read_bytes() for name in outputs[1::2])]
    hers = replay(folder, rules, *outputs, "--contact", "c1", "events.ndjson")
    of_her = [hers.stdout, *((folder / name).read_bytes() for name in outputs[1::2])]
    for every, one in zip(of_all, of_her, strict=True):
        of_c1 = [line for line in every.splitlines() if b'"contact":"c1"' in line]
        assert one.splitlines() == of_c1 != []
        assert len(of_c1) < len(every.splitlines())
    assert hers.stderr == whole.stderr
    assert b"1 record refused" in hers.stderr


def test_a_contact_of_whom_nothing_was_read_is_told(folder: Path) -> None:
    result = replay(folder, CART, "--contact", "c7", "events.ndjson")
    assert (result.stdout, result.stderr) == (b"", b"no event of contact 'c7' was read\n")
