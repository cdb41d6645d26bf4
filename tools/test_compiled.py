"""``python -m tools.test_compiled``: the gateway's tests against its request path compiled to C.

Compiled without optimization, which is soon done and checks the same. Where there is no C compiler it says
so, and that is no failure: hatoba runs without.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.compile_gateway import NothingToCompileWith, compile_into

COMPILED_IN = "HATOBA_COMPILED_IN"
"""Names the folder to the tests, so that they can tell that it is what they run against."""
TESTS = ("tests/functional/gateway", "tests/unit/gateway", "tests/conformance/gateway")


def main() -> int:
    """Compile, test; return pytest's exit code."""
    with tempfile.TemporaryDirectory(prefix="hatoba-") as name:
        try:
            compile_into(Path(name), optimize="0")
        except NothingToCompileWith as reason:
            print(f"The compiled gateway is not tested: {reason}", file=sys.stderr)
            return 0
        # Before the installed package, and before the sources that are not compiled.
        environment = os.environ | {"PYTHONPATH": name, COMPILED_IN: name}
        command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup", *TESTS]
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
