"""Rule files: YAML in, a checked and compiled rule set out."""

from streamseg.rules.loading import load_rules, parse_rules
from streamseg.rules.problems import RuleError, RuleErrors

__all__ = ["RuleError", "RuleErrors", "load_rules", "parse_rules"]
