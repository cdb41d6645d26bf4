"""What ``make test-compiled`` runs against is compiled, and where nothing can be compiled it is said."""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING

import pytest
from tools import compile_gateway, test_compiled

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", compile_gateway.MODULES)
def test_modules_are_what_the_run_says_that_they_are(name: str) -> None:
    file = importlib.import_module(f"hatoba.gateway.{name}").__file__
    folder = os.environ.get(test_compiled.COMPILED_IN)
    assert file is not None
    if folder is None:
        assert file.endswith(".py")
    else:
        assert not file.endswith(".py")
        assert file.startswith(folder)


def test_without_a_compiler_it_is_said_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", "no-such-compiler -O2")
    with pytest.raises(compile_gateway.CannotCompile, match="no C compiler: no-such-compiler is not found"):
        compile_gateway.compile_into(tmp_path)
    assert list(tmp_path.iterdir()) == []
