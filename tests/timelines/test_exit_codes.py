"""Section 7: 0; 1 for bad rules, unreadable files and (--strict) refused records; 2 wrong usage."""

from pathlib import Path

import pytest

from .command import CART, installed, ndjson, streamseg, write_rules

RULES = ("--rules", "rules.yaml")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_rules(tmp_path, CART)
    (tmp_path / "bad.yaml").write_text("version: 1\nsegments:\n  - {name: s, use: unheard_of}\n")
    (tmp_path / "not.yaml").write_text("version: [\n")
    (tmp_path / "good").write_bytes(ndjson("10:00 cart_item_added c1 p1"))
    (tmp_path / "poor").write_bytes(ndjson("10:00 cart_item_added c1 p1") + b"{\n")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("replay", *RULES, "good"), 0),
        (("replay", *RULES, "poor"), 0),
        (("replay", *RULES, "--strict", "good"), 0),
        (("replay", *RULES, "--strict", "poor"), 1),
        (("replay", *RULES, "missing"), 1),
        (("replay", *RULES, "good", "missing"), 1),
        (("replay", *RULES, "."), 1),
        (("replay", "--rules", "missing.yaml", "good"), 1),
        (("replay", "--rules", "bad.yaml", "good"), 1),
        (("replay", "--rules", "not.yaml", "good"), 1),
        (("replay", *RULES), 2),
        (("replay", "good"), 2),
        (("replay", *RULES, "--unheard-of", "good"), 2),
        (("replay", *RULES, "--until", "noon", "good"), 2),
        (("replay", *RULES, "--until", "2026-11-21T10:00:00", "good"), 2),
        (("replay", *RULES, "--lateness", "soon", "good"), 2),
        (("replay", *RULES, "--lateness", "-5s", "good"), 2),
        (("replay", *RULES, "--restart-every", "0", "good"), 2),
        (("replay", *RULES, "--restart-every", "-1", "good"), 2),
        (("replay", *RULES, "--restart-every", "often", "good"), 2),
        (("rules", "check", "rules.yaml"), 0),
        (("rules", "check", "bad.yaml"), 1),
        (("rules", "check", "not.yaml"), 1),
        (("rules", "check", "missing.yaml"), 1),
        (("rules", "check"), 2),
        (("rules", "check", "--unheard-of", "rules.yaml"), 2),
        (("unheard-of",), 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value),
)
def test_the_exit_code(folder: Path, arguments: tuple[str, ...], code: int) -> None:
    result = streamseg(folder, *arguments)
    assert result.returncode == code, result.stderr.decode()
    assert b"Traceback" not in result.stderr
    if code:
        assert result.stderr or result.stdout


def test_strict_still_tells_all_that_was_valid(folder: Path) -> None:
    (folder / "poor").write_bytes(
        b"{\n" + ndjson("10:00 cart_item_added c1 p1; 11:00 page_viewed c1")
    )
    strict = streamseg(folder, "replay", *RULES, "--strict", "poor")
    lenient = streamseg(folder, "replay", *RULES, "poor")
    assert strict.stdout == lenient.stdout
    assert strict.stdout.count(b"\n") == 1
    assert b"1" in strict.stderr
    assert b"1" in lenient.stderr


def test_bad_rules_are_told_with_their_place(folder: Path) -> None:
    result = streamseg(folder, "replay", "--rules", "bad.yaml", "good")
    assert b"bad.yaml:3:" in result.stderr + result.stdout
    assert b"unheard_of" in result.stderr + result.stdout


def test_rules_check_prints_ok(folder: Path) -> None:
    assert streamseg(folder, "rules", "check", "rules.yaml").stdout == b"ok\n"


@pytest.mark.parametrize(
    "arguments", [("replay", *RULES, "good"), ("replay", *RULES, "--strict", "poor"), ("replay",)]
)
def test_the_installed_command_does_the_same(folder: Path, arguments: tuple[str, ...]) -> None:
    real, here = installed(folder, *arguments), streamseg(folder, *arguments)
    assert (real.returncode, real.stdout) == (here.returncode, here.stdout)
