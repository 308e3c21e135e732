"""The table of the HTTP API's routes; the server and its OpenAPI description are made from it."""

from __future__ import annotations

import difflib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from streamseg.core.values.timestamps import LATEST_MS, parse_duration, parse_time
from streamseg.core.vocabulary import MAX_ID_BYTES
from streamseg.web.problems import Problem

if TYPE_CHECKING:
    from aiohttp import web

BASE: Final = "/api/v1"
_FORMATS: Final[dict[str, dict[str, Any]]] = {
    "text": {"type": "string", "minLength": 1, "maxLength": 1000},
    "id": {"type": "string", "minLength": 1, "maxLength": MAX_ID_BYTES},
    "flag": {"type": "string", "enum": ["0", "1"]},
    "time": {"type": "string", "format": "date-time"},
    "duration": {"type": "string", "pattern": "^[1-9][0-9]{0,6}(ms|[smhdw])$"},
    "number": {"type": "string", "pattern": "^[1-9][0-9]{0,3}$"},
}


@dataclass(frozen=True)
class Param:
    """A parameter: of the path, or (optional) of the query. ``most`` bounds a number."""

    kind: str
    doc: str
    default: str | None = None
    most: int = 1000
    choices: tuple[str, ...] = ()

    def read(self, name: str, given: str) -> Any:
        """The value of a text. Raises Problem."""
        try:
            return self._read(given)
        except ValueError as error:
            raise Problem(400, "bad_parameter", f"{name}: {error}") from None

    def _read(self, given: str) -> Any:
        if self.kind == "flag":
            if given not in ("0", "1"):
                raise ValueError("write 0 or 1")
            return given == "1"
        if self.kind == "time":
            instant = parse_time(given)
            if instant > LATEST_MS:
                raise ValueError("too late")
            return instant
        if self.kind == "duration":
            return _positive(parse_duration(given), given)
        if self.kind == "number":
            if not (given.isascii() and given.isdigit() and given[0] != "0"):
                raise ValueError("write a whole number from 1 on")
            if int(given) > self.most:
                raise ValueError(f"at most {self.most}")
            return int(given)
        return self._text(given)

    def _text(self, given: str) -> Any:
        if self.choices:
            unknown = [one for one in given.split(",") if one not in self.choices]
            if unknown:
                raise ValueError(f"{unknown[0]!r} is none of {', '.join(self.choices)}")
            return frozenset(given.split(","))
        if not given or len(given.encode("utf-8", "surrogatepass")) > MAX_ID_BYTES:
            raise ValueError(f"must have 1 to {MAX_ID_BYTES} bytes")
        return given

    def schema(self) -> dict[str, Any]:
        """Its JSON Schema."""
        if self.choices:
            one = f"({'|'.join(self.choices)})"
            return {"type": "string", "pattern": f"^{one}(,{one})*$"}
        schema = dict(_FORMATS[self.kind])
        if self.kind == "number":
            schema = {"type": "integer", "minimum": 1, "maximum": self.most}
        return schema


def _positive(value: int, given: str) -> int:
    if value <= 0:
        raise ValueError(f"{given!r} is no time at all")
    return value


@dataclass(frozen=True)
class Route:
    """What one path answers. ``answer`` is a Struct's type, ``body`` that of what is sent, of
    ``most_body`` bytes at most.

    ``of_contact``: only the worker that has the contact's partition can answer, so the request goes
    there. ``problems`` are codes by status, besides those that every route may answer with.
    """

    method: str
    path: str
    name: str
    scope: str
    summary: str
    answer: type[msgspec.Struct] | None
    handler: Callable[[Asked], Awaitable[msgspec.Struct | msgspec.Raw | web.StreamResponse]]
    query: Mapping[str, Param]
    problems: Mapping[int, str]
    body: type[msgspec.Struct] | None = None
    of_contact: bool = False
    most_body: int = 1024 * 1024

    def params(self, request: web.Request) -> dict[str, Any]:
        """The parameters of a request by name. Raises Problem for a wrong or an unknown one."""
        found: dict[str, Any] = {}
        for name, text in request.match_info.items():
            found[name] = PATH[name].read(name, text)
        for name in request.query:
            if name not in self.query:
                near = difflib.get_close_matches(name, self.query, n=1)
                hint = f", did you mean {near[0]}?" if near else ""
                raise Problem(400, "bad_parameter", f"no parameter {name!r}{hint}")
            if len(request.query.getall(name)) > 1:
                raise Problem(400, "bad_parameter", f"{name}: give it once")
        for name, param in self.query.items():
            given = request.query.get(name, param.default)
            found[name] = None if given is None else param.read(name, given)
        return found


PATH: Final = {
    "contact": Param("id", "a contact's id"),
    "segment": Param("id", "a segment's name"),
    "product": Param("id", "a product's id"),
}


@dataclass
class Asked:
    """A request: its parameters, its body, and whether another worker has passed it on."""

    request: web.Request
    params: dict[str, Any]
    body: Any
    is_passed_on: bool
