"""Applies events to contacts and evaluates their segments: when, which, and what comes of it."""
