"""AsyncAPI's own schema takes the one document, a schema of ours KafkaTopics and KafkaUsers."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from .conftest import ROOT

ASYNCAPI = yaml.safe_load((ROOT / "deploy/asyncapi.yaml").read_text("utf-8"))
STRIMZI = list(yaml.safe_load_all((ROOT / "deploy/strimzi.yaml").read_text("utf-8")))
SCHEMA = json.loads((Path(__file__).parent / "strimzi.schema.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def asyncapi_schema() -> dict[str, Any]:
    """`3.0.0-without-$id.json` of the npm package @asyncapi/specs."""
    schema: dict[str, Any] = json.loads(Path(os.environ["ASYNCAPI_SCHEMA"]).read_text("utf-8"))
    return schema


def test_the_document_is_asyncapi(asyncapi_schema: dict[str, Any]) -> None:
    jsonschema.Draft7Validator(asyncapi_schema).validate(ASYNCAPI)


def test_the_schema_would_find_a_fault(asyncapi_schema: dict[str, Any]) -> None:
    wrong = json.loads(json.dumps(ASYNCAPI))
    wrong["operations"]["triggers"]["action"] = "shout"
    assert not jsonschema.Draft7Validator(asyncapi_schema).is_valid(wrong)


@pytest.mark.parametrize("resource", STRIMZI, ids=lambda each: each["metadata"]["name"])
def test_a_resource_of_strimzi_has_the_fields_that_the_operator_knows(
    resource: dict[str, Any],
) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(resource)


@pytest.mark.parametrize("field", ["partition", "replica", "topic"])
def test_a_field_that_it_does_not_know_is_found(field: str) -> None:
    wrong = {**STRIMZI[0], "spec": {**STRIMZI[0]["spec"], field: 1}}
    assert not jsonschema.Draft202012Validator(SCHEMA).is_valid(wrong)
