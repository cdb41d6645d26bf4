"""Wheels with the compiled gateway, where they are asked for by ``HATOBA_COMPILED=1`` (``make wheel``).

Off by default: installing hatoba never needs a C compiler, and the wheel without it fits every machine.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ASKED_FOR = os.environ.get("HATOBA_COMPILED") == "1"


class CompiledGateway(BuildHookInterface):  # type: ignore[misc]  # hatchling is not installed for development
    """Adds the extensions beside the modules that they are made of."""

    _folder: Path | None = None

    def dependencies(self) -> list[str]:
        """Return what only a compiled wheel needs to be built."""
        return ["mypy>=1.14", "setuptools>=65", *self.metadata.core.dependencies] if ASKED_FOR else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile into a temporary folder, and have the wheel take the extensions from there."""
        if not ASKED_FOR or version == "editable":
            return
        sys.path.insert(0, self.root)
        from tools.compile_gateway import compile_into

        self._folder = folder = Path(tempfile.mkdtemp(prefix="hatoba-"))
        made = compile_into(folder)
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        build_data["force_include"].update({str(each): str(each.relative_to(folder)) for each in made})

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002 - hatchling's
        """Remove what the wheel was made of."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
