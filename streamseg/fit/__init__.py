"""Fits the model of `predict` to a shop's orders, and compares its predictions with the orders that
came after.

Needs scipy: `pip install 'streamseg[fit]'`.
"""
