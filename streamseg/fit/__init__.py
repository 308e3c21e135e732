"""Fitting the model of `predict` to a shop's orders, and holding it against what came after.

Needs scipy: `pip install 'streamseg[fit]'`.
"""
