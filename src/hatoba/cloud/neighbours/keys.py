"""The public key of tokens that moto signs, read from its files: moto itself need not be loaded."""

from __future__ import annotations

import gzip
import json
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILE = "cognitoidp/resources/jwks-public.json.gz"


def token_keys() -> tuple[Mapping[str, str], ...]:
    """Return the keys as JWK members. One key signs the tokens of every pool."""
    found = find_spec("moto")
    assert found is not None
    assert found.submodule_search_locations
    content = (Path(found.submodule_search_locations[0]) / _FILE).read_bytes()
    keys: list[dict[str, str]] = json.loads(gzip.decompress(content))["keys"]
    return tuple(keys)
