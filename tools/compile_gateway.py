"""The gateway's request path compiled to C: the same sources, by mypyc, beside a copy of the package.

``python -m tools.compile_gateway FOLDER`` fills a folder that goes before the installed package on
``PYTHONPATH``. Nothing needs it: without a C compiler the modules are what they are everywhere, Python.
One request goes through all of these modules, so they are one extension, within which calls and attributes
are C's. https://mypyc.readthedocs.io/en/latest/performance_tips_and_tricks.html
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

__all__ = ["MODULES", "CannotCompile", "NothingToCompileWith", "compile_into"]

MODULES = (
    *("access_log", "answers", "authorizer", "backend", "budget", "client", "context", "cors"),
    *("deadlines", "decide", "exchange", "forward", "headers", "ids", "journal", "memory", "outbox"),
    *("plain", "pool", "request", "routing", "served", "serving", "throttle"),
)
EXTENSION = "hatoba_gateway"
SOURCES = Path(__file__).parent.parent / "src" / "hatoba"
LONGEST_S = 600

_SETUP = """
import sys
from mypyc.build import mypycify
from setuptools import setup

_, optimize, *modules = sys.argv
sys.argv[1:] = ["--quiet", "build_ext", "--inplace"]
options = ["--config-file=mypy.ini", "--cache-dir=cache"]
made = mypycify([*options, *modules], opt_level=optimize, group_name="{extension}", target_dir="c")
setup(name="{extension}", ext_modules=made, packages=[])
"""
_MYPY_INI = "[mypy]\nignore_missing_imports = true\n"


class CannotCompile(Exception):
    """The gateway is not compiled here; the text says what is missing or what the compiler said."""


class NothingToCompileWith(CannotCompile):
    """There is no C compiler, or not what it needs."""


def compile_into(folder: Path, optimize: str = "2") -> tuple[Path, ...]:
    """Copy the package into ``folder``, compile its gateway there, and return the extensions.

    Args:
        folder: Made if it is not there; what stands in it of the package is replaced.
        optimize: As for a C compiler: ``0`` is soon compiled, ``2`` is fast.

    Raises:
        NothingToCompileWith: There is no C compiler, no header of Python or no mypyc.
        CannotCompile: One of them failed.
    """
    _require_compiler()
    shutil.rmtree(folder / "hatoba", ignore_errors=True)
    shutil.copytree(SOURCES, folder / "hatoba", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "mypy.ini").write_text(_MYPY_INI)
    (folder / "setup.py").write_text(_SETUP.format(extension=EXTENSION))
    modules = [f"hatoba/gateway/{name}.py" for name in MODULES]
    done = subprocess.run(
        [sys.executable, "setup.py", optimize, *modules],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LONGEST_S,
        check=False,
    )
    if done.returncode:
        raise CannotCompile(f"mypyc or the C compiler failed:\n{done.stdout[-4000:]}")
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    return (*folder.glob(f"*{suffix}"), *(folder / "hatoba").rglob(f"*{suffix}"))


def _require_compiler() -> None:
    words = (os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc").split()
    if shutil.which(words[0]) is None:
        raise NothingToCompileWith(f"no C compiler: {words[0]} is not found (apt install gcc)")
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        raise NothingToCompileWith("Python.h is not found (apt install python3-dev)")
    for name in ("mypyc", "setuptools"):
        if find_spec(name) is None:
            raise NothingToCompileWith(f"{name} is not installed (pip install mypy setuptools)")


def main() -> int:
    """Compile into the folder named; exit 3 where that cannot be done on this machine."""
    if len(sys.argv) not in {2, 3}:
        print("usage: python -m tools.compile_gateway FOLDER [OPTIMIZE]", file=sys.stderr)
        return 2
    try:
        made = compile_into(Path(sys.argv[1]), *sys.argv[2:])
    except CannotCompile as reason:
        print(f"the gateway is not compiled: {reason}", file=sys.stderr)
        return 3
    print(f"{len(made)} extensions in {sys.argv[1]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
