"""The JSON Schema of rule files, made of the same specifications that read them."""

from __future__ import annotations

from streamseg.rules.conditions.base import condition_schema
from streamseg.rules.loading import FILE_FIELDS
from streamseg.rules.policies.file import POLICIES_FIELDS
from streamseg.rules.policies.segment import POLICY_FIELDS
from streamseg.rules.reading import JsonSchema
from streamseg.rules.records import record_schema
from streamseg.rules.segment_fields import SEGMENT_FIELDS
from streamseg.rules.templates.base import templates


def rules_schema() -> JsonSchema:
    """The schema of a rule file (draft 2020-12), with descriptions for editors."""
    segment = record_schema(SEGMENT_FIELDS)
    segment["anyOf"] = [{"required": [form]} for form in ("use", "when", "on")]
    segment["allOf"] = [
        {
            "if": {"properties": {"use": {"const": template.name}}, "required": ["use"]},
            "then": {
                "description": template.doc,
                "properties": {"with": record_schema(template.parameters)},
            },
        }
        for template in templates().values()
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:streamseg:rules:1",
        "title": "Streamseg rules",
        **record_schema(FILE_FIELDS),
        "$defs": {
            "segment": segment,
            "policies": record_schema(POLICIES_FIELDS),
            "policy": record_schema(POLICY_FIELDS),
            "condition": condition_schema(),
        },
    }
