from __future__ import annotations

from tests.support.cloud import cloud

__all__ = ["cloud"]
