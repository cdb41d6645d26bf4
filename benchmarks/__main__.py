"""``python -m benchmarks [NAME …]``: run the benchmarks and print their tables."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from typing import TYPE_CHECKING, cast

import benchmarks
from benchmarks.report import Row, Skipped, table

if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> int:
    """Run what is asked for, or all. Exits 1 when a target was missed, 2 for an unknown name."""
    found = {name: run for name in _modules() if (run := _run_of(name)) is not None}
    wanted = sys.argv[1:] or sorted(found)
    unknown = [name for name in wanted if name not in found]
    if unknown:
        print(
            f"no such benchmark: {', '.join(unknown)}; there are {', '.join(sorted(found))}", file=sys.stderr
        )
        return 2
    missed = 0
    for name in wanted:
        try:
            rows = found[name]()
        except Skipped as reason:
            print(f"{name}\n  skipped: {reason}", flush=True)
            continue
        print(table(name, rows), flush=True)
        missed += sum(row.is_met is False for row in rows)
    return 1 if missed else 0


def _modules() -> list[str]:
    return [each.name for each in pkgutil.iter_modules(benchmarks.__path__) if not each.name.startswith("_")]


def _run_of(name: str) -> Callable[[], list[Row]] | None:
    module = importlib.import_module(f"benchmarks.{name}")
    return cast("Callable[[], list[Row]] | None", getattr(module, "run", None))


if __name__ == "__main__":
    sys.exit(main())
