"""The console's files: one page, its modules and style, and third-party libraries under `vendor`.

They are served as they stand, by `web.pages`; nothing builds them. `vendor/SHA256SUMS` has the sums
of what was taken from the packages that it names.
"""
