"""The conditions of the rule language: one module each, found by being here.

A module has ``SPEC``, a `ConditionSpec`: the word that names the condition, its fields, how the
core's condition is made of them, and an example that the tests run.
"""
