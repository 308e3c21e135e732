"""`streamseg contact show|export|erase|verify-erased|pseudonym`: a contact's own data."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import msgspec
import typer

from streamseg.cli._ids import check_id
from streamseg.cli._options import Bootstrap
from streamseg.cli._running import run_plainly
from streamseg.core.errors import StreamsegError
from streamseg.core.identity.graves import pseudonym as hash_of
from streamseg.core.values.timestamps import format_time
from streamseg.environment import load_settings
from streamseg.settings import Settings

if TYPE_CHECKING:
    from streamseg.explain.dossier import Dossier
    from streamseg.privacy.identity import Person
    from streamseg.privacy.remains import Remaining

LEFT: Final = 3  # the exit code where an erased contact is still somewhere
WITHOUT_PROOF: Final = 4  # the exit code where nothing is found, and an erasure is not noted either
_encode = msgspec.json.Encoder(decimal_format="number", order="sorted").encode

Contact = Annotated[str, typer.Argument(metavar="ID", help="The contact's id.")]
Also = Annotated[
    list[str] | None, typer.Argument(metavar="[ID]...", help="More ids of the same person.")
]
Rules = Annotated[
    Path | None,
    typer.Option(
        metavar="F",
        help="The rule file, which gives features their names (default: STREAMSEG_RULES).",
    ),
]


def show(
    contact: Contact, also: Also = None, rules: Rules = None, bootstrap: Bootstrap = None
) -> None:
    """Show a summary of what is known of a contact: state, ids, erasures, and how many records name
    it.

    Erasures are noted under the workers' STREAMSEG_PRIVACY_KEY: under another one none is found.
    Of an id that was merged into a contact, this is about that contact. Reads all topics. Changes
    nothing.
    """
    from streamseg.cli._files import reader_may_leave
    from streamseg.privacy.showing import dossier_lines

    known = _dossier(contact, also, rules, bootstrap)
    with reader_may_leave():
        for line in dossier_lines(known, load_settings().pseudonym_key):
            typer.echo(line)


def export(
    contact: Contact, also: Also = None, rules: Rules = None, bootstrap: Bootstrap = None
) -> None:
    """Write all that is known of a contact as one JSON object (GDPR art. 15 and 20).

    The object has the contact's state, with features in words if the rule file is known, every
    record of Streamseg's topics that names the contact or an id that was merged into it, and the
    proofs of their erasures. Of an id that was merged into a contact, it is about that contact.
    Reads all topics. Changes nothing.
    """
    from streamseg.cli._files import reader_may_leave, standard_output
    from streamseg.privacy.showing import under

    output = standard_output()
    known = _dossier(contact, also, rules, bootstrap)
    with reader_may_leave():
        output.write(_encode(known) + b"\n")
    if known.state is None and known.erased is None and not known.proofs:
        under_key = under(load_settings().pseudonym_key)
        typer.echo(f"no state of {known.contact}, and no erasure is noted {under_key}", err=True)


def erase(
    contact: Contact,
    name: Annotated[
        str | None,
        typer.Option("--id", metavar="NAME", help="Id of the request (default: a random one)."),
    ] = None,
    bootstrap: Bootstrap = None,
) -> None:
    """Erase a contact and all ids that were merged into it: writes `contact_erased` to the events.

    The workers erase the contact when they read this event. The command prints the `verify-erased`
    command to run later, with the merged ids: no state has them after the erasure.
    """
    from streamseg.privacy.erasing import request_erasure
    from streamseg.privacy.identity import person_of
    from streamseg.stream.scanning import Scan

    settings = load_settings(bootstrap=bootstrap)
    name = name or f"erase-{secrets.token_hex(8)}"
    _check(settings, [contact, name])

    async def carry_out() -> Person:
        from streamseg.cli._progress import ReadingProgress

        found = await person_of(settings, contact, lambda: Scan(settings, None, ReadingProgress()))
        now_ms = int(time() * 1000)
        await request_erasure(settings, contact, name, now_ms, found.own.partitions)
        return found

    _tell_erasure(contact, name, run_plainly(settings, carry_out()))


def _tell_erasure(contact: str, name: str, person: Person) -> None:
    """Prints what an erasure that was asked for as `name` takes along, and how to prove it."""
    ids, before = person.ids, person.own.grave or person.keeper.grave
    if not person.own.partitions:
        typer.echo(f"no state has {contact}: is the id right? The erasure is asked for", err=True)
    if len(ids) > 1:
        typer.echo(f"erased with it: {', '.join(ids[1:])}")
    if person.elsewhere:
        which = ", ".join(person.elsewhere)
        leads = "leads" if len(person.elsewhere) == 1 else "lead"
        typer.echo(f"not erased with it: {which}, which no longer {leads} to it", err=True)
    typer.echo(
        f"asked for, as {name}. What is left of the ids that are known: "
        f"streamseg contact verify-erased {_quoted(ids)}"
    )
    if before is not None:
        typer.echo(
            f"it was erased before, at {format_time(before.at)}: no state has the ids any more "
            "that were merged into it by then; add them to that command",
            err=True,
        )


def verify_erased(
    contact: Contact,
    also: Also = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Look for an erased contact in all topics, from the first record on, uncommitted records
    included.

    Also name the ids that were merged into it. The command lists where an id still is, and until
    when at the latest by the topics' settings. If nothing is left, it writes that to the proofs in
    `streamseg.erasures`. Exit codes: 0 if no topic has an id, and the erasure of each is noted
    under this STREAMSEG_PRIVACY_KEY; 3 if a topic still has one; 4 if none has, but the erasure of
    one is not noted.
    """
    from streamseg.cli._files import reader_may_leave
    from streamseg.privacy.showing import no_proof, remaining_lines, some_without_proof

    ids = [contact, *(also or [])]
    settings = load_settings(bootstrap=bootstrap)
    _check(settings, ids)
    left, noted, without = run_plainly(settings, _verify(settings, ids))
    with reader_may_leave():
        if as_json:
            found = {"ids": ids, "remains": left, "noted": noted, "without_proof": without}
            sys.stdout.buffer.write(_encode(found) + b"\n")
        else:
            proven = [one for one in dict.fromkeys(ids) if one not in without]
            lines = remaining_lines(proven, left) if proven or left else []
            for line in [*lines, *(f"noted as {one}" for one in noted)]:
                typer.echo(line)
    if len(without) == len(set(ids)):
        typer.echo(no_proof(without, settings.pseudonym_key), err=True)
    elif without and not left:
        typer.echo(some_without_proof(without), err=True)
    if left or without:
        raise typer.Exit(LEFT if left else WITHOUT_PROOF)


def pseudonym(
    contact: Contact,
    without_key: Annotated[
        bool,
        typer.Option("--without-key", help="Hash without a key, as workers do that have none."),
    ] = False,
) -> None:
    """Print the keyed hash that stands for a contact's id in records of its erasure.

    The key is STREAMSEG_PRIVACY_KEY, the same as the workers'. An id cannot be computed from its
    hash.
    """
    settings = load_settings()
    _check(settings, [contact])
    if not settings.pseudonym_key and not without_key:
        raise StreamsegError(
            "there is no key, so this would be the pseudonym of an installation without one, which "
            "anybody can compute: set STREAMSEG_PRIVACY_KEY or STREAMSEG_PRIVACY_KEY_FILE as for "
            "the workers; where these have none, add --without-key"
        )
    if settings.pseudonym_key and without_key:
        raise StreamsegError(
            "--without-key, but STREAMSEG_PRIVACY_KEY is set: leave one of both out"
        )
    typer.echo(hash_of(contact, settings.pseudonym_key))


class _Looked(NamedTuple):
    """What is left of ids, the hashes whose proofs were told now that it is nothing, and the ids
    without a proof. Under another key than the workers' no id has one, and pseudonyms are not
    found: that nothing is found says nothing then.
    """

    left: list[Remaining]
    noted: list[str]
    without_proof: list[str]


async def _verify(settings: Settings, ids: list[str]) -> _Looked:
    from streamseg.cli._progress import ReadingProgress
    from streamseg.privacy.finding import find
    from streamseg.privacy.proof import note_verified, proofs_of
    from streamseg.privacy.remains import remaining, settings_of
    from streamseg.privacy.search import Search
    from streamseg.stream.scanning import Scan

    scan = Scan(settings, None, ReadingProgress(), committed=False)
    found = await find(settings, Search(ids), scan)
    proofs = await proofs_of(settings, ids, Scan(settings))
    without = [one for one in dict.fromkeys(ids) if one not in proofs]
    if found:
        kept = await settings_of(settings, {one.topic.name for one in found})
        return _Looked(remaining(found, kept), [], without)
    noted = await note_verified(settings, proofs.values(), int(time() * 1000))
    return _Looked([], noted, without)


def _dossier(
    contact: str, also: list[str] | None, rules: Path | None, bootstrap: str | None
) -> Dossier:
    from streamseg.cli._progress import ReadingProgress
    from streamseg.cli._rules import load_or_exit
    from streamseg.privacy.dossier import compile_dossier

    settings = load_settings(bootstrap=bootstrap, rules=rules)
    _check(settings, [contact, *(also or [])])
    compiled = None if settings.rules is None else load_or_exit(settings.rules)
    now_ms = int(time() * 1000)
    work = compile_dossier(settings, contact, also or [], compiled, now_ms, ReadingProgress())
    return run_plainly(settings, work)


def _check(settings: Settings, ids: list[str]) -> None:
    """Raises BadParameter for what no id can be."""
    for one in ids:
        check_id(one)
    _ = settings.pseudonym_key  # told now, if it is wrong


def _quoted(ids: list[str]) -> str:
    from shlex import join

    return join(ids)


def register(app: typer.Typer) -> None:
    """Adds the command to the command line."""
    commands = typer.Typer(
        no_args_is_help=True,
        help="A contact's own data: show, export, erase, verify-erased, pseudonym.",
    )
    commands.command("show")(show)
    commands.command("export")(export)
    commands.command("erase")(erase)
    commands.command("verify-erased")(verify_erased)
    commands.command("pseudonym")(pseudonym)
    app.add_typer(commands, name="contact")
