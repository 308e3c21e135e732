"""Features: what is remembered of a contact's events, one module for each way of remembering."""
