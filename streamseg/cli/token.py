"""`streamseg token new`: a token of the HTTP API, and the line that lets it in."""

from __future__ import annotations

from typing import Annotated

import typer

from streamseg.web.tokens import SCOPES, new_token

group = typer.Typer(no_args_is_help=True, help="Tokens of the HTTP API.")


@group.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Who it is for.")],
    scope: Annotated[
        str, typer.Option(metavar="S,S", help=f"What it may ask: {', '.join(SCOPES)}.")
    ],
) -> None:
    """Print a new token, and the line for the file that STREAMSEG_API_TOKENS names.

    The file holds only the token's hash. The token itself is shown only now.
    """
    token, line = new_token(name, scope.split(","))
    typer.echo(f"token  {token}")
    typer.echo(f"line   {line}")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.add_typer(group, name="token")
