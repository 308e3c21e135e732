"""The command `streamseg`: finds the command modules beside it and runs the one that is asked for.

A command is one module of this package with `register(app)`; adding one touches nothing else. The
module's name is the command's name (`_` becomes `-`). Only the module that is asked for is
imported, so that `streamseg replay` starts without Faust and aiokafka.

Exit codes: 0; 1 for an error, told on one line; 2 for wrong usage; 130 for Ctrl-C. A command may
document others.
"""

from __future__ import annotations

import importlib
import logging
import pkgutil
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

import streamseg
import streamseg.cli
from streamseg.core.compiled import IS_COMPILED
from streamseg.core.errors import StreamsegError

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOT_COMMANDS = {"main"}


def _command_modules() -> Iterator[tuple[str, str]]:
    """Yields (command name, module name) of every module of this package that holds a command."""
    for found in pkgutil.iter_modules(streamseg.cli.__path__):
        if found.name not in _NOT_COMMANDS and not found.name.startswith("_"):
            yield found.name.replace("_", "-"), f"streamseg.cli.{found.name}"


def _load(name: str, module: str) -> Any:
    """Imports a command's module and returns the command that it registers under `name`."""
    app = typer.Typer(add_completion=False)
    importlib.import_module(module).register(app)
    group = typer.main.get_group(app)
    if name not in group.commands:
        raise StreamsegError(f"{module} registers {sorted(group.commands)} and no command {name!r}")
    command = group.commands[name]
    _join_lines(command)
    return command


def _join_lines(command: Any) -> None:
    """Makes each paragraph of a command's help one line, which Typer wraps to the terminal: of all
    but the first it keeps the line ends of the docstring.
    """
    if command.help:
        paragraphs = command.help.split("\n\n")
        command.help = "\n\n".join(" ".join(one.split()) for one in paragraphs)
    for one in getattr(command, "commands", {}).values():
        _join_lines(one)


class _Commands(Mapping[str, Any]):
    """The commands by name; a command's module is imported when the command is asked for."""

    def __init__(self) -> None:
        self._modules = dict(_command_modules())

    def __getitem__(self, name: str) -> Any:
        return _load(name, self._modules[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)


class CommandsOnDemand(TyperGroup):
    """A group whose commands are modules, imported when they are asked for."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.commands: Any = _Commands()


app = typer.Typer(
    name="streamseg",
    help="Real-time micro-segments and exact triggers from a stream of shop events in Kafka.",
    cls=CommandsOnDemand,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        compiled = "yes" if IS_COMPILED else "no"
        typer.echo(f"streamseg {streamseg.__version__} (compiled: {compiled})")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    pass


def _explain(error: OSError) -> str:
    """One line for a file that cannot be read or written, or a connection that fails."""
    what = error.strerror or str(error) or type(error).__name__
    return what if error.filename is None else f"{error.filename}: {what}"


def main() -> None:
    """Runs the command line and exits the process."""
    # A command that configures no logging tells its errors itself; the client need not, too.
    logging.getLogger("aiokafka").addHandler(logging.NullHandler())
    try:
        app(prog_name="streamseg")
    except StreamsegError as error:
        print(f"streamseg: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(1)
    except OSError as error:
        print(f"streamseg: {_explain(error)}", file=sys.stderr)  # noqa: T201
        sys.exit(1)
