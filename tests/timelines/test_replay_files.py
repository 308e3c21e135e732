"""Section 7: several files, merged by time, and refused records of each."""

from pathlib import Path

from .command import CART, FINDER, ndjson, records, replay
from .drawing import show_outcome

ORDER_BEFORE_CART = "10:00 order_placed c1 o1 items=p1"
CART_ITEM = "10:00 cart_item_added c1 p1"
UNTIL = ("--until", "2026-11-21T11:00:00Z")


def write(folder: Path, **files: bytes) -> None:
    for name, lines in files.items():
        (folder / name).write_bytes(lines)


def anchors(output: bytes) -> list[str]:
    return [show_outcome(each).split("anchor=")[1] for each in records(output)]


def test_the_file_whose_next_record_is_the_oldest_comes_next(tmp_path: Path) -> None:
    write(
        tmp_path,
        a=ndjson("10:00 searched c1 a; 10:20 searched c1 b; 10:40 searched c1 c"),
        b=ndjson("10:10 searched c2 a; 10:30 searched c2 b"),
    )
    assert anchors(replay(tmp_path, FINDER, "a", "b").stdout) == [
        "10:00#1:line:1",
        "10:10#2:line:1",
        "10:20#1:line:2",
        "10:30#2:line:2",
        "10:40#1:line:3",
    ]


def test_the_lines_of_one_file_keep_their_order(tmp_path: Path) -> None:
    # The second line of a is older than what b begins with, but comes after a's first.
    write(
        tmp_path,
        a=ndjson("10:20 searched c1 a; 10:00 searched c1 b"),
        b=ndjson("10:10 searched c2 a; 10:30 searched c2 b"),
    )
    assert [each.split(" ")[0] for each in anchors(replay(tmp_path, FINDER, "a", "b").stdout)] == [
        "10:10#2:line:1",
        "10:20#1:line:1",
        "10:00#1:line:2",
        "10:30#2:line:2",
    ]


def test_ties_go_by_the_order_in_which_the_files_are_named(tmp_path: Path) -> None:
    write(tmp_path, orders=ndjson(ORDER_BEFORE_CART), carts=ndjson(CART_ITEM))
    fires = replay(tmp_path, CART, *UNTIL, "orders", "carts").stdout
    assert len(records(fires)) == 1
    assert replay(tmp_path, CART, *UNTIL, "carts", "orders").stdout == b""


def test_events_of_contacts_and_products_may_be_in_files_of_their_own(tmp_path: Path) -> None:
    write(
        tmp_path,
        contacts=ndjson("10:30 product_viewed c1 p1; 11:30 page_viewed c1"),
        products=ndjson("10:00 stock_changed p1 0; 11:00 stock_changed p1 5"),
    )
    rules = "- {name: back, use: back_in_stock}"
    for files in (("contacts", "products"), ("products", "contacts")):
        (fired,) = records(replay(tmp_path, rules, *files).stdout)
        assert show_outcome(fired) == "11:00 fired back c1 key=p1"


def test_standard_input_may_be_one_of_several(tmp_path: Path) -> None:
    write(tmp_path, a=ndjson("10:10 searched c1 a"))
    result = replay(tmp_path, FINDER, "a", "-", stdin=ndjson("10:00 searched c2 a"))
    assert anchors(result.stdout) == ["10:00#2:line:1", "10:10#1:line:1"]


def test_a_refused_record_is_told_at_once(tmp_path: Path) -> None:
    # b's first line is refused before a's first record applies, a's second after it.
    write(
        tmp_path,
        a=ndjson("10:00 searched c1 a") + b"{\n",
        b=b"[]\n" + ndjson("10:10 searched c2 a") + b"17\n",
    )
    result = replay(tmp_path, FINDER, "--dlq", "dlq", "a", "b")
    assert anchors(result.stdout) == ["10:00#1:line:1", "10:10#2:line:2"]
    refused = records((tmp_path / "dlq").read_bytes())
    assert [(each["file"], each["line"]) for each in refused] == [("b", 1), ("a", 2), ("b", 3)]
    assert b"3" in result.stderr


def test_a_duplicate_is_one_over_all_files(tmp_path: Path) -> None:
    write(
        tmp_path,
        a=ndjson("10:00 searched c1 a #e1"),
        b=ndjson("10:00 searched c1 a #e1; 10:00 searched c1 a #e2"),
    )
    assert anchors(replay(tmp_path, FINDER, "a", "b").stdout) == ["10:00#e1", "10:00#e2"]


def test_the_same_file_twice_is_two_files(tmp_path: Path) -> None:
    write(tmp_path, a=ndjson("10:00 searched c1 a"))
    assert anchors(replay(tmp_path, FINDER, "a", "a").stdout) == [
        "10:00#1:line:1",
        "10:00#2:line:1",
    ]


def test_until_before_the_last_event_of_any_file_is_the_last_event(tmp_path: Path) -> None:
    write(tmp_path, a=ndjson(CART_ITEM), b=ndjson("11:00 page_viewed c2"))
    result = replay(tmp_path, CART, "--until", "2026-11-21T10:30:00Z", "b", "a")
    (fired,) = records(result.stdout)
    assert show_outcome(fired) == "11:00 fired cart_left c1 rung=1h anchor=10:00"
