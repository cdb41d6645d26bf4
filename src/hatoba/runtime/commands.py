"""Local commands: what stands in for images where no container engine is reachable."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hatoba.runtime.protocol import LocalCommand


class LocalCommands:
    """The local commands known now. Replaced as a whole while the cloud runs; read at every start."""

    def __init__(self, commands: Iterable[LocalCommand] = ()) -> None:
        self._by_image: dict[str, LocalCommand] = {}
        self.replace(commands)

    def replace(self, commands: Iterable[LocalCommand]) -> None:
        """Know these commands from now on, and no others. Running processes go on."""
        self._by_image = {with_tag(command.image): command for command in commands}

    def find(self, image: str) -> LocalCommand | None:
        """Return the command that stands in for ``image``; a missing tag means ``latest``, as in a pull."""
        return self._by_image.get(with_tag(image))

    def all(self) -> tuple[LocalCommand, ...]:
        """Return every command, ordered by image."""
        return tuple(self._by_image[image] for image in sorted(self._by_image))


def with_tag(image: str) -> str:
    """Return the reference with ``:latest`` where it names neither a tag nor a digest."""
    name = image.rsplit("/", 1)[-1]
    return image if ":" in name or "@" in name else f"{image}:latest"
