"""Conditions: a module for each, with its three answers."""
