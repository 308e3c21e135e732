"""A contact's own data: what is known of one, where it lies, and that it is gone."""
