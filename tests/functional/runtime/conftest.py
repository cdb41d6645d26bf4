"""The container engine of these tests."""

from tests.support.engine import engine

__all__ = ["engine"]
