"""`streamseg rules new`: a commented starting point that is right as it stands."""

from pathlib import Path

import pytest

from streamseg.rules import parse_rules
from streamseg.rules.starter_files import starter_file, starting_points
from streamseg.rules.templates.base import Template, templates

from .command import streamseg

OPTION = "      # "


@pytest.mark.parametrize("what", starting_points())
def test_every_starting_point_is_right(tmp_path: Path, what: str) -> None:
    result = streamseg(tmp_path, "rules", "new", what, "--out", "rules.yaml")
    assert result.returncode == 0, result.stderr.decode()
    checked = streamseg(tmp_path, "rules", "check", "rules.yaml")
    assert checked.stdout.decode() == "ok\n", checked.stderr.decode()


@pytest.mark.parametrize("template", templates().values(), ids=lambda one: one.name)
def test_the_parameters_of_a_template_are_all_there_with_its_defaults(template: Template) -> None:
    text = starter_file(template.name, "mine")
    for name in template.parameters:
        assert f" {name}: " in text
    spelled_out = parse_rules(text).segments[0].definition
    required = [name for name, field in template.parameters.items() if field.required]
    if not required:
        value = f"value: {template.value}\n" if template.value else ""
        short = f"version: 1\n{value}segments: [{{name: mine, use: {template.name}}}]"
        assert parse_rules(short).segments[0].definition.version == spelled_out.version


@pytest.mark.parametrize("what", starting_points())
def test_what_is_commented_out_is_right_too(what: str) -> None:
    text = starter_file(what)
    conditions = [line for line in text.splitlines() if line.startswith("    # when: ")]
    assert (what in ("when", "on")) == bool(conditions)
    for line in conditions:
        if "in_segment" in line or "when: {product:" in line:
            continue  # they need another segment, another condition
        (own,) = [one for one in text.splitlines() if one.startswith("    when: ")]
        changed = text.replace(own, line.replace("# ", "", 1))
        changed = changed.replace("\n# value:", "\nvalue:")
        if "interest" in line:
            changed = changed.replace("    # per:", "    per:")
        parse_rules(changed)
    for name in ("cooldown", "limit", "context", "cancel") if what != "policies" else ():
        (option,) = [one for one in text.splitlines() if one.startswith(f"{OPTION}{name}: ")]
        parse_rules(text.replace(option, option.replace("# ", "", 1)))


def test_a_file_for_conditions_shows_an_age() -> None:
    assert (
        "    # when: {attribute: birthday, age: {gte: 25, lt: 35}}"
        in starter_file("when").splitlines()
    )


def test_without_a_template_they_are_listed(tmp_path: Path) -> None:
    result = streamseg(tmp_path, "rules", "new")
    assert result.returncode == 0
    assert [line.split()[0] for line in result.stdout.decode().splitlines()] == list(
        starting_points()
    )


def test_the_segment_can_be_named(tmp_path: Path) -> None:
    text = streamseg(
        tmp_path, "rules", "new", "inactivity", "--name", "gone: quiet"
    ).stdout.decode()
    assert [one.name for one in parse_rules(text).segments] == ["gone: quiet"]


def test_a_name_that_is_wrong_is_told_with_the_nearest(tmp_path: Path) -> None:
    result = streamseg(tmp_path, "rules", "new", "inactvity")
    assert result.returncode == 2
    assert "inactivity" in result.stderr.decode()


def test_a_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text("mine")
    result = streamseg(tmp_path, "rules", "new", "inactivity", "--out", "rules.yaml")
    assert result.returncode == 1
    assert result.stderr.decode() == "streamseg: rules.yaml cannot be written: File exists\n"
    assert (tmp_path / "rules.yaml").read_text() == "mine"
