"""Pieces of PromQL."""

from __future__ import annotations


def quoted(text: str) -> str:
    """A text as PromQL has it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def firing(alert: str) -> str:
    """What there is while an alert fires, by its name."""
    return f'ALERTS{{alertname={quoted(alert)}, alertstate="firing"}}'
