"""The same installations as for the stream tests."""

from ..stream.conftest import install

__all__ = ["install"]
