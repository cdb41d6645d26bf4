"""Run the unit tests in two processes, each with half of the packages.

Two of pytest-xdist's workers would both collect all of them and tell each result to a third process, which
costs half as much again as the tests.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

SHELF = Path(__file__).parent.parent / "tests" / "unit"
HALVES = 2


def halves() -> list[list[str]]:
    """Return the packages of the shelf, shared out so that each half has as much to read."""
    sizes = {each: sum(file.stat().st_size for file in each.rglob("*.py")) for each in SHELF.iterdir()}
    weights, shares = [0] * HALVES, [list[str]() for _ in range(HALVES)]
    for package, size in sorted(sizes.items(), key=lambda item: (-item[1], item[0])):
        if size:
            lighter = weights.index(min(weights))
            weights[lighter] += size
            shares[lighter].append(str(package))
    return shares


def main() -> int:
    """Run both halves; show what each says, one after the other."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    codes = []
    # A folder each: two runs that clear up the one that they would share get into each other's way.
    with tempfile.TemporaryDirectory(prefix="hatoba-units-") as scratch:
        runs = [
            subprocess.Popen(
                [*command, f"--basetemp={Path(scratch, str(number))}", *share],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for number, share in enumerate(halves())
        ]
        for run in runs:
            said, _ = run.communicate()
            print(said, end="")
            codes.append(run.returncode)
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
