"""The API's description in OpenAPI 3.1, made from the table of routes and the answers' types."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

import streamseg
from streamseg.web.answers import ProblemAnswer
from streamseg.web.problems import CONTENT_TYPE
from streamseg.web.routes import BASE, PATH, Param, Route

if TYPE_CHECKING:
    from collections.abc import Iterable

_TEMPLATE: Final = "#/components/schemas/{name}"
_NAMED: Final = re.compile(r"\{(\w+)\}")
# What any route may answer with.
_ALWAYS: Final = {
    400: "a parameter is wrong or unknown",
    401: "no token, or an unknown token",
    403: "the token lacks the scope; or no tokens are configured, and the request is not from this "
    "machine",
    429: "too many requests",
    503: "no worker can answer just now; ask again after `Retry-After`",
}
_STREAM: Final = {"text/event-stream": {"schema": {"type": "string"}}}


def document(routes: Iterable[Route]) -> dict[str, Any]:
    """The description as a JSON object."""
    routes = list(routes)
    types = [one for route in routes for one in (route.answer, route.body) if one is not None]
    _, schemas = msgspec.json.schema_components(
        [ProblemAnswer, *dict.fromkeys(types)], ref_template=_TEMPLATE
    )
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Streamseg",
            "version": streamseg.__version__,
            "description": "What a worker knows of contacts, segments, products and itself.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": BASE}],
        "security": [{"token": []}, {}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    answer = _STREAM if route.answer is None else _json(route.answer)
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "tags": [route.scope],
        "parameters": [
            *(_parameter(name, PATH[name], "path") for name in _NAMED.findall(route.path)),
            *(_parameter(name, param, "query") for name, param in route.query.items()),
        ],
        "responses": {
            "200": {"description": "the answer", "content": answer},
            **{
                str(code): _problem(why)
                for code, why in sorted({**_ALWAYS, **route.problems}.items())
            },
        },
        "x-scope": route.scope,
    }
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": _json(route.body)}
    return operation


def _parameter(name: str, param: Param, place: str) -> dict[str, Any]:
    schema = param.schema()
    if param.default is not None:
        default: Any = param.default
        schema["default"] = int(default) if schema["type"] == "integer" else default
    return {
        "name": name,
        "in": place,
        "required": place == "path",
        "description": param.doc,
        "schema": schema,
    }


def _json(answer: type[msgspec.Struct]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _TEMPLATE.format(name=answer.__name__)}}}


def _problem(why: str) -> dict[str, Any]:
    schema = {"$ref": _TEMPLATE.format(name=ProblemAnswer.__name__)}
    return {"description": why, "content": {CONTENT_TYPE: {"schema": schema}}}
