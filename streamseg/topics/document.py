"""Writes YAML as a person would: in the order that was given, and without anchors."""

from __future__ import annotations

from typing import Any

import yaml


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def as_yaml(*documents: dict[str, Any]) -> str:
    """The documents, with `---` between them."""
    return yaml.dump_all(
        documents,
        Dumper=_Plain,
        sort_keys=False,
        allow_unicode=True,
        width=100,
    )
