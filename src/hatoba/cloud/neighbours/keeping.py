"""Which backends of moto changed, and putting kept ones back. In the worker thread only."""

from __future__ import annotations

import hashlib
import logging
import pickle
from typing import TYPE_CHECKING

from hatoba.cloud.neighbours.backends import backend_of, loaded_backends
from hatoba.cloud.neighbours.model import Kept
from hatoba.cloud.neighbours.pickling import pickled, unpickled
from hatoba.cloud.wire.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hatoba.cloud.neighbours.backends import Place

_log = logging.getLogger(__name__)


class Keeper:
    """Knows what is on disk of each backend, so that only what changed is written."""

    def __init__(self) -> None:
        self._written: dict[Place, tuple[bytes, frozenset[str]]] = {}
        self._unkept: set[str] = set()

    def changes(self) -> tuple[Kept, ...]:
        """Return every backend that differs from what was last confirmed as written."""
        found = []
        for place, backend in loaded_backends():
            try:
                now = pickled(backend)
            except pickle.PicklingError as error:
                self._say_unkept(place[0], error)
                continue
            seal, known = self._written.get(place, (b"", frozenset()))
            if hashlib.sha256(now.body).digest() != seal:
                new = {digest: content for digest, content in now.blobs.items() if digest not in known}
                found.append(Kept(*place, now.body, frozenset(now.blobs), new))
        return tuple(found)

    def written(self, kept: Iterable[Kept]) -> None:
        """Note that these are on disk now."""
        for each in kept:
            self._written[each.place] = (hashlib.sha256(each.body).digest(), each.digests)

    def restore(self, kept: Iterable[Kept]) -> None:
        """Put backends back as they were kept.

        Raises:
            ServiceError: One cannot be read: another version of moto wrote it.
        """
        for each in kept:
            try:
                attributes = unpickled(each.body, each.blobs.__getitem__)
            except Exception as error:
                _log.exception("what was kept of %s cannot be read", each.service)
                raise ServiceError(
                    "NeighbourFailure",
                    f"What was kept of {each.service} cannot be read: {type(error).__name__}: {error}."
                    " Another version of moto may have written it; `hatoba state reset` empties everything.",
                    status=400,
                ) from error
            backend_of(*each.place).__dict__ = attributes
        self.written(kept)

    def forget(self) -> None:
        """Know of nothing on disk any more."""
        self._written.clear()

    def _say_unkept(self, service: str, error: Exception) -> None:
        if service not in self._unkept:
            self._unkept.add(service)
            _log.warning(
                "%s is not kept over a restart: moto's records of it cannot be written: %s", service, error
            )
