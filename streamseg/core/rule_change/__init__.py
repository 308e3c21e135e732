"""Brings contacts that were written under other rules to the present ones."""
