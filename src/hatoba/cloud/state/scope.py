"""The world a record belongs to."""

from __future__ import annotations

import msgspec

GLOBAL_REGION = "aws-global"


class Scope(msgspec.Struct, frozen=True, order=True, gc=False):
    """One account in one region: nothing in it is seen from another.

    Services that AWS runs once for all regions (IAM) keep their records in :meth:`globally`.
    """

    account: str
    region: str

    def globally(self) -> Scope:
        """Return the same account's world without a region."""
        return Scope(self.account, GLOBAL_REGION)
