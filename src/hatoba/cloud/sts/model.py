"""What STS keeps."""

from __future__ import annotations

import msgspec


class Session(msgspec.Struct, frozen=True):
    """Temporary credentials that were given out, and whose they are; times in epoch seconds."""

    access_key: str
    secret_key: str
    token: str
    account: str
    arn: str
    user_id: str
    expires: float

    @property
    def key(self) -> str:
        """The access key."""
        return self.access_key
