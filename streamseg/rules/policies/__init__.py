"""Policies in a rule file: `policies:` for all segments, `policy:` for one."""
