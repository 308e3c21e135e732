"""Rules that can be read and are probably a mistake: one module a kind of mistake."""

from streamseg.rules.lint.warnings import RuleWarning, warnings_of

__all__ = ["RuleWarning", "warnings_of"]
