"""`streamseg topics plan|apply|export`: compare a cluster with the catalogue, make it so, or write
the catalogue for other tools."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import typer

from streamseg.cli._options import Bootstrap
from streamseg.environment import load_settings
from streamseg.topics import load_catalogue

if TYPE_CHECKING:
    from streamseg.settings import Settings
    from streamseg.topics import Catalogue, Plan

TO_DO = 3

Form = Literal["asyncapi", "strimzi"]
Partitions = Annotated[
    int | None,
    typer.Option(metavar="N", help="Partitions of events, signals and changelog together."),
]
Replication = Annotated[
    int | None, typer.Option(metavar="N", help="Replicas of the topics that are created.")
]
Prefix = Annotated[
    str | None, typer.Option(help="What topic names start with; else STREAMSEG_TOPIC_PREFIX.")
]
ShortenRetention = Annotated[
    bool,
    typer.Option(
        "--shorten-retention",
        help="Also shorten the retention of topics that keep more: Kafka then deletes it.",
    ),
]


def plan(
    bootstrap: Bootstrap = None,
    partitions: Partitions = None,
    replication: Replication = None,
    prefix: Prefix = None,
    shorten_retention: ShortenRetention = False,
) -> None:
    """Show what `apply` would do. Exit code 0 if the cluster is as it should be, 3 if not."""
    wanted = _Wanted(prefix, partitions, replication, shorten_retention)
    done = asyncio.run(_plan(bootstrap, wanted, carry_out=False))
    _print(done)
    if done.steps:
        raise typer.Exit(TO_DO)


def apply(
    bootstrap: Bootstrap = None,
    partitions: Partitions = None,
    replication: Replication = None,
    prefix: Prefix = None,
    shorten_retention: ShortenRetention = False,
    force: Annotated[
        bool, typer.Option("--force", help="Raise partitions although workers are running.")
    ] = False,
) -> None:
    """Create topics, raise partitions, set settings. Never deletes or lowers anything, unless
    --shorten-retention is given.

    Without --force, partitions are not raised while workers run on these topics, whatever their
    STREAMSEG_APP_ID.
    """
    wanted = _Wanted(prefix, partitions, replication, shorten_retention)
    _print(asyncio.run(_plan(bootstrap, wanted, carry_out=True, force=force)))


def export(
    form: Annotated[Form, typer.Argument(help="What to write.", show_default=False)],
    partitions: Partitions = None,
    replication: Replication = None,
    prefix: Prefix = None,
    cluster: Annotated[
        str, typer.Option(metavar="NAME", help="Strimzi's name of the Kafka cluster.")
    ] = "kafka",
) -> None:
    """Write the topics as an AsyncAPI document or as Strimzi resources to standard output."""
    from streamseg.topics.asyncapi import asyncapi
    from streamseg.topics.document import as_yaml
    from streamseg.topics.strimzi import strimzi

    settings = load_settings(topic_prefix=prefix)
    wanted = _catalogue(settings.topic_prefix, partitions, replication)
    match form:
        case "asyncapi":
            typer.echo(as_yaml(asyncapi(wanted)), nl=False)
        case "strimzi":
            typer.echo(as_yaml(*strimzi(wanted, cluster, settings.app_id)), nl=False)


class _Wanted(NamedTuple):
    """What the options ask for."""

    prefix: str | None
    partitions: int | None
    replication: int | None
    may_shorten: bool


async def _plan(
    bootstrap: str | None, asked: _Wanted, *, carry_out: bool, force: bool = False
) -> Plan:
    from streamseg.topics import cluster

    settings = load_settings(bootstrap=bootstrap, topic_prefix=asked.prefix)
    if carry_out:
        _check_owner(settings)
    wanted = _catalogue(settings.topic_prefix, asked.partitions, asked.replication)
    async with cluster.admin(settings.connection()) as client:
        found = await cluster.plan(client, wanted, may_shorten=asked.may_shorten)
        if not carry_out:
            return found
        if found.moves_keys and not force:
            await _check_no_members(settings)
        return await cluster.apply(client, wanted, may_shorten=asked.may_shorten)


def _check_owner(settings: Settings) -> None:
    """Raises TopicsError where Strimzi would undo what is done here."""
    from streamseg.topics import TopicsError

    if settings.topics_owner == "strimzi":
        raise TopicsError(
            "the topics are Strimzi's (STREAMSEG_TOPICS_OWNER), whose operator would undo this: "
            "change its KafkaTopics, which `streamseg topics export strimzi` writes"
        )


async def _check_no_members(settings: Settings) -> None:
    """Raises TopicsError while workers run: they would stop, or split contacts in two."""
    from streamseg.kafka.cluster import connected
    from streamseg.stream.groups import find_workers
    from streamseg.stream.topic_names import TopicNames
    from streamseg.topics import TopicsError

    async with connected(settings.connection()) as asked:
        found = await find_workers(asked, TopicNames.of(settings), settings.app_id)
    if found:
        groups = ", ".join(f"{count} in the group {name}" for name, count in found.items())
        raise TopicsError(
            f"workers are running ({groups}), and more partitions move keys. "
            "Stop them first, or raise the partitions all the same with --force"
        )


def _catalogue(prefix: str, partitions: int | None, replication: int | None) -> Catalogue:
    wanted = load_catalogue(prefix)
    if partitions is not None:
        wanted = wanted.with_partitions(partitions)
    return wanted if replication is None else wanted.with_replication(replication)


def _print(found: Plan) -> None:
    for step in found.steps:
        typer.echo(str(step))
    if found.moves_keys:
        typer.echo(
            "warning: more partitions move keys: stop the workers, and let them read a topic that "
            "holds records from its beginning with an empty changelog",
            err=True,
        )
    for note in found.notes:
        typer.echo(f"note: {note}", err=True)
    if not found.steps:
        typer.echo("topics are as they should be")


def register(app: typer.Typer) -> None:
    """Adds the command to the command line."""
    commands = typer.Typer(no_args_is_help=True, help="Topics in Kafka: plan, apply, export.")
    commands.command("plan")(plan)
    commands.command("apply")(apply)
    commands.command("export")(export)
    app.add_typer(commands, name="topics")
