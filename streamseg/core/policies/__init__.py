"""Policies and experiments: whether a contact gets a message now, later, or not at all."""
