"""Settings out of the environment and a `.env` file, and what is wrong with them."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import AliasChoices, ValidationError
from pydantic.fields import FieldInfo

from streamseg.settings import ENV_FILE, PREFIX, SECRETS, Settings, SettingsError, variable


def variables(field: str) -> tuple[str, ...]:
    """The environment variables of a field, the first one going before the others."""
    info: FieldInfo = Settings.model_fields[field]
    if isinstance(info.validation_alias, AliasChoices):
        return tuple(str(choice) for choice in info.validation_alias.choices)
    return (variable(field),)


def load_settings(**given: Any) -> Settings:
    """Reads the settings; `given` (by field name) goes before the environment; None is not given.

    Raises SettingsError, with one line for each variable that is wrong or unknown.
    """
    problems = _unknown_variables()
    try:
        settings = Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        problems += [_explain(detail) for detail in error.errors(include_url=False)]
    if problems:
        raise SettingsError("wrong settings:" + "".join(f"\n  {problem}" for problem in problems))
    return settings


def origin(field: str) -> str:
    """Where the value of a field comes from: `env NAME`, `.env NAME` or `default`."""
    in_file = _env_file()
    for name in variables(field):
        if os.environ.get(name):
            return f"env {name}"
    for name in variables(field):
        if in_file.get(name):
            return f"{ENV_FILE} {name}"
    return "default"


def _env_file() -> dict[str, str | None]:
    return dotenv_values(ENV_FILE) if Path(ENV_FILE).is_file() else {}


def _unknown_variables() -> list[str]:
    known = {name for field in Settings.model_fields for name in variables(field)}
    problems = []
    for name in sorted({*os.environ, *_env_file()}):
        if name.startswith(PREFIX) and name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f", did you mean {close[0]}?" if close else ""
            problems.append(f"{name} is no setting{hint}")
    return problems


def _explain(detail: Any) -> str:
    """One line for one of pydantic's complaints; the value only where it is no secret."""
    message = str(detail["msg"]).removeprefix("Value error, ")
    if not detail["loc"]:
        return message
    name = str(detail["loc"][0])
    if name in Settings.model_fields:
        name = variables(name)[0]
    shown = "" if name.removeprefix(PREFIX).lower() in SECRETS else f"={detail['input']}"
    return f"{name}{shown}: {message}"
