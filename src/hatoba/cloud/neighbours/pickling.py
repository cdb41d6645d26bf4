"""One backend of moto as bytes and back: pickle, with the few things that it cannot do by itself.

Locks come back as new ones, private keys as PKCS 8, moto's local lambdas by where they are written. Large
bytes (objects of S3) are left out, to be kept once each; other backends are named instead of copied.
"""

from __future__ import annotations

import hashlib
import importlib
import io
import pickle
import threading
from collections import defaultdict
from functools import reduce
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from moto.core.base_backend import AccountSpecificBackend, BackendDict, BaseBackend

from hatoba.cloud.neighbours.backends import backend_of, backends_of, loaded_services

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LARGE = 64 * 1024
"""Bytes from this size on are kept apart, so that one more object does not write all others again."""

_LOCKS = {type(threading.Lock()): threading.Lock, type(threading.RLock()): threading.RLock}
_LOCAL = ".<locals>."


class Pickled(msgspec.Struct, frozen=True):
    """A backend's attributes as bytes, and the large bytes among them by their digest."""

    body: bytes
    blobs: Mapping[str, bytes]


def pickled(backend: BaseBackend) -> Pickled:
    """Return a backend's attributes as bytes.

    Raises:
        pickle.PicklingError: Something in it cannot be written down.
    """
    file = io.BytesIO()
    pickler = _Pickler(file, protocol=5)
    try:
        pickler.dump(vars(backend))
    except (TypeError, AttributeError) as error:  # how pickle says it for objects of C and for local classes
        raise pickle.PicklingError(str(error)) from error
    return Pickled(file.getvalue(), pickler.blobs)


def unpickled(body: bytes, blob: Callable[[str], bytes]) -> dict[str, Any]:
    """Return the attributes that :func:`pickled` wrote; ``blob`` gives the large bytes of a digest."""
    attributes: dict[str, Any] = _Unpickler(io.BytesIO(body), blob).load()
    return attributes


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO, protocol: int) -> None:
        super().__init__(file, protocol)
        self.blobs: dict[str, bytes] = {}

    def persistent_id(self, obj: object) -> tuple[str, ...] | None:
        if isinstance(obj, bytes) and len(obj) >= LARGE:
            digest = hashlib.sha256(obj).hexdigest()
            self.blobs[digest] = obj
            return ("blob", digest)
        match obj:
            case BaseBackend():
                return ("backend", _service_of(obj), obj.account_id, obj.region_name)
            case AccountSpecificBackend():
                return ("account", obj.service_name, obj.account_id)
            case BackendDict():
                return ("service", obj.service_name)
            case _:
                return None

    def reducer_override(self, obj: object) -> Any:
        new_lock = _LOCKS.get(type(obj))
        if new_lock is not None:
            return new_lock, ()
        if isinstance(obj, RSAPrivateKey | EllipticCurvePrivateKey):
            return _private_key, (_pkcs8(obj),)
        if isinstance(obj, defaultdict) and type(obj) is not defaultdict:
            return _bare_dict, (type(obj), obj.default_factory), vars(obj), None, iter(obj.items())
        if isinstance(obj, FunctionType) and _LOCAL in obj.__qualname__:
            cells = tuple(cell.cell_contents for cell in obj.__closure__ or ())
            return _local_function, (obj.__module__, obj.__qualname__, _turn_of(obj), cells)
        return NotImplemented


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, blob: Callable[[str], bytes]) -> None:
        super().__init__(file)
        self._blob = blob

    def persistent_load(self, pid: Any) -> object:
        kind, *words = pid
        match kind:
            case "blob":
                return self._blob(words[0])
            case "backend":
                return backend_of(*words)
            case "account":
                return backends_of(words[0])[words[1]]
            case _:
                return backends_of(words[0])


def _service_of(backend: BaseBackend) -> str:
    for each in loaded_services():
        if isinstance(backend, each.backend):
            return str(each.service_name)
    raise pickle.PicklingError(f"{backend!r} belongs to no service")


def _pkcs8(key: RSAPrivateKey | EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _private_key(content: bytes) -> object:
    return serialization.load_der_private_key(content, None)


def _bare_dict(kind: type[defaultdict[Any, Any]], factory: Callable[[], Any] | None) -> object:
    """Make a dictionary of moto's own kind without its own ``__init__``, which wants more arguments."""
    made = kind.__new__(kind)
    defaultdict.__init__(made, factory)
    return made


def _local_function(module: str, name: str, turn: int, cells: tuple[object, ...]) -> FunctionType:
    """Make a function again that stands inside of another one: the ``turn``-th of its name there."""
    from types import CellType

    code = _codes(module, name)[turn]
    loaded = importlib.import_module(module)
    return FunctionType(code, vars(loaded), code.co_name, None, tuple(CellType(each) for each in cells))


def _turn_of(function: FunctionType) -> int:
    return _codes(function.__module__, function.__qualname__).index(function.__code__)


def _codes(module: str, name: str) -> list[CodeType]:
    outer, *inner = name.split(_LOCAL)
    found: object = reduce(getattr, outer.split("."), importlib.import_module(module))
    codes: list[CodeType] = [found.__code__]  # type: ignore[attr-defined]  # a function, or it cannot have locals
    for each in inner:
        codes = [
            const
            for code in codes
            for const in code.co_consts
            if isinstance(const, CodeType) and const.co_name == each
        ]
    return codes
