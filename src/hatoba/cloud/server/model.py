"""What the server itself keeps."""

from __future__ import annotations

import msgspec


class LocalCommandRecord(msgspec.Struct, frozen=True):
    """A local command, so that a cloud that was killed starts tasks again as it did before."""

    image: str
    command: tuple[str, ...]
    directory: str
    environment: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def key(self) -> str:
        """The image that it stands in for."""
        return self.image
