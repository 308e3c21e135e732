"""`streamseg rules`: checks, tests and explains rule files without a worker."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from streamseg.cli import _dates
from streamseg.cli._rules import load_or_exit
from streamseg.core.errors import StreamsegError
from streamseg.rules.explaining import explain, explanation_lines
from streamseg.rules.lint import warnings_of
from streamseg.rules.loading import read_rules
from streamseg.rules.personal import only_sent, read_lines
from streamseg.rules.policies.moved import moved_arms
from streamseg.rules.problems import RuleErrors, one_of
from streamseg.rules.reference import reference as reference_text
from streamseg.rules.schema import rules_schema
from streamseg.rules.starter_files import starter_file, starting_points
from streamseg.rules.timeline_fields import timelines_schema
from streamseg.rules.timelines import load_timelines
from streamseg.rules.value.picture import default_picture

group = typer.Typer(no_args_is_help=True, help="Check, test, explain and start rule files.")

RuleFile = Annotated[Path, typer.Argument(metavar="FILE", help="The rule file.")]


@group.command()
def check(
    file: RuleFile,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 if there are warnings.")
    ] = False,
    against: Annotated[
        Path | None,
        typer.Option(
            metavar="OLD",
            help="The former rule file: warn where contacts would get another arm of a split.",
        ),
    ] = None,
) -> None:
    """Print ok, or every error with its file, line and column (exit code 1).

    Probable mistakes are warnings, which are printed before the ok.
    """
    try:
        document, rules = read_rules(file)
    except RuleErrors as errors:
        typer.echo(str(errors))
        raise typer.Exit(1) from None
    warnings = warnings_of(document, rules, str(file))
    if against is not None:
        warnings += moved_arms(document, rules, str(file), load_or_exit(against))
    for warning in warnings:
        typer.echo(str(warning))
    if warnings and strict:
        raise typer.Exit(1)
    typer.echo("ok")


@group.command()
def schema(
    tests: Annotated[
        bool, typer.Option("--tests", help="Print the schema of test files instead.")
    ] = False,
) -> None:
    """Print the JSON Schema of rule files, for editors."""
    found = timelines_schema() if tests else rules_schema()
    typer.echo(json.dumps(found, indent=2, ensure_ascii=False))


@group.command()
def test(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE",
            help="Test files; for a rule file NAME.yaml, the tests in NAME.test.yaml.",
        ),
    ],
) -> None:
    """Run the tests of rule files: each has events, and the triggers that they should bring.

    Exit codes: 0 all passed; 1 a test failed; 2 a file cannot be used.
    """
    from streamseg.replay.timelines import run_timelines

    passed = failed = unusable = 0
    for path in files:
        try:
            file = load_timelines(path)
            results = run_timelines(file)
        except RuleErrors as errors:
            typer.echo(str(errors), err=True)
            unusable += 1
            continue
        for result in results:
            name = result.timeline.name
            if not result.differences:
                passed += 1
                typer.echo(f"ok    {name}")
                continue
            failed += 1
            node = result.timeline.node
            typer.echo(f"FAIL  {name}  ({file.file}:{node.line}:{node.column})")
            for line in result.differences:
                typer.echo(f"      {line}")
    typer.echo(f"{passed} passed, {failed} failed")
    if unusable or failed:
        raise typer.Exit(2 if unusable else 1)


@group.command(name="explain")
def explain_rules(
    file: RuleFile,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    personal: Annotated[
        bool,
        typer.Option(
            "--personal",
            help="Print only which fields and attributes are read, and by whom; exit with 1 if an "
            "attribute is remembered only to be sent along.",
        ),
    ] = False,
) -> None:
    """Print what the rules remember of a contact, for how long, and in how many bytes."""
    found = explain(load_or_exit(file))
    if as_json:
        typer.echo(json.dumps(msgspec.to_builtins(found), indent=2, ensure_ascii=False))
    else:
        typer.echo("\n".join(read_lines(found.read) if personal else explanation_lines(found)))
    needless = only_sent(found.read) if personal else []
    for one in needless:
        typer.echo(
            f"{one.path} is remembered only to be sent along by {', '.join(one.sent_by)}: have who "
            "sends the message look it up, or take it out of the context",
            err=True,
        )
    if needless:
        raise typer.Exit(1)


@group.command()
def reference() -> None:
    """Print the reference of the rule language as Markdown."""
    typer.echo(reference_text(), nl=False)


@group.command()
def grid() -> None:
    """Print the grid of the RFM segments as an SVG picture."""
    typer.echo(default_picture(), nl=False)


@group.command()
def new(
    template: Annotated[
        str | None,
        typer.Argument(
            metavar="TEMPLATE",
            help="A template, `when`, `on` or `policies`; without it, all are listed.",
        ),
    ] = None,
    name: Annotated[str | None, typer.Option(help="The segment's name.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="F", help="Write to this new file instead of standard output."),
    ] = None,
) -> None:
    """Write a rule file with comments to start from."""
    points = starting_points()
    if template is None:
        width = max(map(len, points))
        for point, doc in points.items():
            typer.echo(f"{point:{width}}  {doc}")
        return
    if template not in points:
        raise typer.BadParameter(f"no template {template!r}; {one_of(template, points)}")
    if name == "":
        raise typer.BadParameter("must not be empty", param_hint="--name")
    text = starter_file(template, name)
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise StreamsegError(f"{out} cannot be written: {error.strerror}") from None


def register(app: typer.Typer) -> None:
    """Add the command."""
    _dates.register(group)
    app.add_typer(group, name="rules")
