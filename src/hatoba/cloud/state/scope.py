"""The world a record belongs to."""

from __future__ import annotations

from dataclasses import dataclass

GLOBAL_REGION = "aws-global"


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """One account in one region: nothing in it is seen from another.

    Services that AWS runs once for all regions (IAM) keep their records in :meth:`globally`.
    """

    account: str
    region: str

    def globally(self) -> Scope:
        """Return the same account's world without a region."""
        return Scope(self.account, GLOBAL_REGION)
