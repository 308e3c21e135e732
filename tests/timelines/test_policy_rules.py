"""Policies in a rule file: what is refused, warned of and explained."""

from pathlib import Path

import pytest

from streamseg.rules import RuleErrors, parse_rules

from .command import streamseg
from .test_policy_gates import CART, SEARCH, rules


def refused(file: str) -> list[str]:
    with pytest.raises(RuleErrors) as raised:
        parse_rules("version: 1\n" + file)
    return [error.message for error in raised.value.errors]


SEGMENT = SEARCH % ""
POLICY = SEARCH % ", policy: {%s}"


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (rules("quiet: {from: 22:00, to: 22:00}", SEGMENT), "`to` equals `from`"),
        (rules("quiet: {from: 24:00, to: 08:00}", SEGMENT), "a time from 00:00 to 23:59"),
        (rules("zone: {default: Mars/X}", SEGMENT), "no zone 'Mars/X'"),
        (rules("caps: {c: {max: 1}}", SEGMENT), "one of `within` and `per`"),
        (rules("caps: {c: {max: 1, within: 1d, per: day}}", SEGMENT), "one of `within` and `per`"),
        (rules("caps: {c: {max: 101, within: 1d}}", SEGMENT), "from 0 to 100"),
        (rules("caps: {c: {max: 1, within: 1d, count: [sent]}}", SEGMENT), "needs `channel`"),
        (rules("holdout: {percent: 2.505}", SEGMENT), "more than two decimals"),
        (rules("holdout: {percent: 101}", SEGMENT), "from 0 to 100"),
        (rules("expires: 31d", SEGMENT), "no longer than 30d"),
        (rules("consent: {e: {grant: x, stop: [a]}}", SEGMENT), "`stop` needs `channel`"),
        (rules("consent: {e: {grant: x}}", SEGMENT), "which consent does it need"),
        (rules("consent: {e: {grant: x}}", POLICY % "consent: [f]"), "no consent 'f'"),
        (rules("caps: {week: {max: 1, within: 7d}}", POLICY % "caps: [weak]"), "mean `week`?"),
        (rules("expires: 1d", POLICY % "caps: [weekly]"), "`policies` names no cap"),
        (rules("expires: 1d", POLICY % "split: {of: {a: 50, b: 49.99}}"), "not 99.99"),
        (rules("expires: 1d", POLICY % "split: {of: {a: 33.333, b: 66.667}}"), "two decimals"),
        (rules("expires: 1d", POLICY % "priority: 101"), "from 0 to 100"),
        (rules("expires: 1d", POLICY % "paused: tomorrow"), "an instant such as"),
        (rules("expires: 1d", POLICY % "send_at: {best: {within: 2d}}"), "longer than `expires`"),
        (rules("expires: 1d", SEARCH % ", trigger: false, policy: {}"), "fires none"),
    ],
)
def test_an_error_says_what_is_wrong(file: str, words: str) -> None:
    assert [message for message in refused(file) if words not in message] == []


def test_errors_of_policies_bring_no_others() -> None:
    file = rules("quiet: {from: 1, to: 2}, consent: {e: {grant: x}}", POLICY % "consent: [e]")
    assert len(refused(file)) == 2


def test_a_policy_alone_needs_no_policies() -> None:
    policy = "policy: {quiet: {from: 22:00, to: 08:00}}"
    (segment,) = parse_rules(
        f"version: 1\nsegments: [{{name: s, on: searched, {policy}}}]"
    ).segments
    assert segment.policy is not None
    assert segment.policy.quiet is not None


def version_of(policies: str, segment: str) -> tuple[str, str]:
    (one,) = parse_rules("version: 1\n" + rules(policies, segment)).segments
    assert one.policy is not None
    return one.definition.version, one.policy.version


def test_a_policy_has_a_version_of_its_own() -> None:
    first = version_of("expires: 1d", SEGMENT)
    second = version_of("expires: 2d", SEGMENT)
    assert first[0] == second[0]
    assert first[1] != second[1]
    assert version_of("expires: 24h", SEGMENT) == first


def write(folder: Path, name: str, *segments: str, policies: str = "expires: 1d") -> None:
    (folder / name).write_text("version: 1\n" + rules(policies, *segments))


def warned(folder: Path) -> list[str]:
    result = streamseg(folder, "rules", "check", "new.yaml", "--against", "old.yaml")
    assert result.returncode == 0, result.stdout
    *lines, last = result.stdout.decode().splitlines()
    assert last == "ok"
    return [line.partition("warning: ")[2] for line in lines]


def split(of: str, seed: str = "k") -> str:
    return CART % ("1h", f", policy: {{split: {{of: {of}, seed: {seed}}}}}")


def test_moved_arms_are_warned_of(tmp_path: Path) -> None:
    write(tmp_path, "old.yaml", split("{a: 45, b: 45, control: 10}"))
    write(tmp_path, "new.yaml", split("{a: 45, b: 35.5, control: 19.5}"))
    (warning,) = warned(tmp_path)
    assert "9.5% of those in the split get another arm" in warning
    write(tmp_path, "new.yaml", split("{a: 45, b: 45, control: 10}", "other"))
    assert "drawn anew into arms" in warned(tmp_path)[0]
    write(tmp_path, "new.yaml", split("{a: 45, b: 45, control: 10}"))
    assert warned(tmp_path) == []


def test_who_leaves_the_holdout_is_warned_of(tmp_path: Path) -> None:
    for name, percent in (("old.yaml", 10), ("new.yaml", 5)):
        write(tmp_path, name, SEGMENT, policies=f"holdout: {{percent: {percent}}}")
    assert warned(tmp_path) == ["'s': 5% of the contacts leave the holdout"]


def test_explain_says_what_waits_and_whose_clocks(tmp_path: Path) -> None:
    write(tmp_path, "rules.yaml", SEGMENT, policies="quiet: {from: 22:00, to: 08:00}")
    told = streamseg(tmp_path, "rules", "explain", "rules.yaml").stdout.decode()
    assert "up to 16 triggers that wait" in told
    assert "Clocks: by tzdata 20" in told


def test_explain_says_that_a_message_without_its_trigger_counts_twice(tmp_path: Path) -> None:
    cap = "caps: {one: {max: 1, within: 1d%s}}"
    for counts, is_said in ((", count: [fired, sent], channel: email", True), ("", False)):
        write(tmp_path, "rules.yaml", SEGMENT, policies=cap % counts)
        told = streamseg(tmp_path, "rules", "explain", "rules.yaml").stdout.decode()
        assert ("whose `data.trigger` names no trigger counts besides" in told) is is_said


def test_explain_names_the_fields_by_which_an_event_says_no(tmp_path: Path) -> None:
    hard = "consent: {e: {grant: x, channel: e, stop: [a, {on: b, where: {bounce.hard: true}}]}}"
    write(tmp_path, "rules.yaml", POLICY % "consent: [e]", policies=hard)
    told = streamseg(tmp_path, "rules", "explain", "rules.yaml").stdout.decode()
    fields = told.partition("Fields of events, and attributes")[2]
    assert [name for name in ("bounce.hard", "channel") if f"- {name}: for s" not in fields] == []


def test_a_file_to_begin_with_is_right(tmp_path: Path) -> None:
    begun = streamseg(tmp_path, "rules", "new", "policies").stdout
    (tmp_path / "rules.yaml").write_bytes(begun)
    assert streamseg(tmp_path, "rules", "check", "rules.yaml", "--strict").stdout == b"ok\n"


TESTED = """
rules:
  version: 1
  policies: {quiet: {from: 22:00, to: 08:00}, holdout: {percent: 0}}
  segments: [{name: cart_left, use: abandoned_cart, policy: {split: {of: {a: 100}}}}]
contact: ann
tests:
  - name: a cart in the evening is told in the morning
    start: 2026-01-05T21:30:00Z
    until: +11h
    events: [{at: +0s, type: cart_item_added, data: {product: p}}]
    expect:
      - {told: deferred, segment: cart_left, at: +1h, reason: quiet_hours, until: +10h30m}
      - {told: fired, segment: cart_left, at: +1h, released: RELEASED, variant: a}
"""


def test_a_test_of_rules_can_expect_deferred_and_released(tmp_path: Path) -> None:
    for released, code in (("+10h30m", 0), ("+9h", 1)):
        (tmp_path / "t.test.yaml").write_text(TESTED.replace("RELEASED", released))
        result = streamseg(tmp_path, "rules", "test", "t.test.yaml")
        assert result.returncode == code, result.stdout.decode() + result.stderr.decode()
    assert "released=+10h30m" in result.stdout.decode()
