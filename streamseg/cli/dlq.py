"""`streamseg dlq list|show|resend`: lists dead letters, shows them, and sends them again."""

from __future__ import annotations

import sys
from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated

import typer

from streamseg.cli._options import Bootstrap
from streamseg.cli._running import run_plainly
from streamseg.environment import load_settings
from streamseg.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamseg.dlq.reading import Letters
    from streamseg.formats.dead_letters import Letter, Place

Code = Annotated[
    list[str] | None,
    typer.Option(metavar="CODE", help="Only dead letters with this code; repeatable."),
]
At = Annotated[
    list[str] | None,
    typer.Option(
        "--at",
        metavar="P@O",
        help="Only the dead letter at this place (partition@offset); repeatable.",
    ),
]
From = Annotated[
    str | None, typer.Option("--from", metavar="P@O", help="Only dead letters from this place on.")
]
To = Annotated[
    str | None, typer.Option("--to", metavar="P@O", help="Only dead letters up to this place.")
]


def show_all(
    code: Code = None,
    at: At = None,
    first: From = None,
    last: To = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    bootstrap: Bootstrap = None,
) -> None:
    """List the dead letters in the topic, and which of them were sent again."""
    from streamseg.cli._files import reader_may_leave
    from streamseg.dlq.showing import json_line, line

    settings, letters = _letters(bootstrap)
    chosen = _chosen(code, at, first, last)

    async def show() -> None:
        resent = await letters.resent()
        async for letter in letters.letters():
            if chosen(letter):
                form = json_line if as_json else line
                typer.echo(form(letter, letter.place in resent))

    with reader_may_leave():
        run_plainly(settings, show())


def show_one(
    place: Annotated[str, typer.Argument(metavar="P@O", help="Partition and offset, as 0@17.")],
    value: Annotated[
        bool, typer.Option("--value", help="Print only the bytes of the record's value.")
    ] = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Show one dead letter in full: where it came from, why it was refused, its key, headers and
    value.
    """
    from streamseg.dlq.reading import LettersError
    from streamseg.dlq.showing import page

    settings, letters = _letters(bootstrap)
    wanted = _place(place)

    async def show() -> None:
        resent = await letters.resent()
        async with aclosing(letters.letters()) as found:
            async for letter in found:
                if letter.place == wanted:
                    if value:
                        sys.stdout.buffer.write(letter.value or b"")
                    else:
                        typer.echo(page(letter, wanted in resent))
                    return
        raise LettersError(f"no letter is at {wanted}; `streamseg dlq list` shows those there are")

    run_plainly(settings, show())


def resend(
    code: Code = None,
    at: At = None,
    first: From = None,
    last: To = None,
    everything: Annotated[bool, typer.Option("--all", help="All letters.")] = False,
    rekey: Annotated[
        bool,
        typer.Option(
            "--rekey",
            help="Send dead letters of key_mismatch and wrong_partition under the key of their "
            "contact or product, in its partition.",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be sent.")
    ] = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Send dead letters to their topics again, unchanged; each letter at most once, ever.

    A letter goes to the partition that it came from. A record that is refused again becomes a new
    letter. Letters that were sent before, and letters that cannot be sent, are left out; the exit
    code is 0 all the same.
    """
    if not (code or at or first or last or everything):
        raise typer.BadParameter("choose letters by --code, --at, --from and --to, or take --all")
    from streamseg.dlq.resending import Resending

    settings, letters = _letters(bootstrap)
    resending = Resending(settings, letters, rekey=rekey)

    def told(letter: Letter, what: str) -> None:
        typer.echo(f"{letter.place}  {letter.code}  {letter.origin}  {what}")

    run_plainly(settings, resending.run(_chosen(code, at, first, last), told, dry=dry_run))
    done = "would be sent" if dry_run else "sent"
    typer.echo(f"{resending.counts['sent']} {done}, {resending.counts['left']} left", err=True)


def _letters(bootstrap: str | None) -> tuple[Settings, Letters]:
    from streamseg.dlq.reading import Letters

    settings = load_settings(bootstrap=bootstrap)
    return settings, Letters(settings, settings.topic("dlq"))


def _chosen(
    codes: list[str] | None, at: list[str] | None, first: str | None, last: str | None
) -> Callable[[Letter], bool]:
    """Whether a letter has one of the codes and is at one of the places, in the range."""
    places = {_place(one) for one in at or ()}
    least = None if first is None else _place(first)
    most = None if last is None else _place(last)

    def chosen(letter: Letter) -> bool:
        return (
            (not codes or letter.code in codes)
            and (not places or letter.place in places)
            and (least is None or _within(least, letter.place))
            and (most is None or _within(letter.place, most))
        )

    return chosen


def _within(first: Place, last: Place) -> bool:
    return first.partition == last.partition and first.offset <= last.offset


def _place(text: str) -> Place:
    from streamseg.formats.dead_letters import Place

    try:
        return Place.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def register(app: typer.Typer) -> None:
    """Adds the command to the command line."""
    commands = typer.Typer(no_args_is_help=True, help="Dead letters: list, show, resend.")
    commands.command("list")(show_all)
    commands.command("show")(show_one)
    commands.command("resend")(resend)
    app.add_typer(commands, name="dlq")
