"""``python -m hatoba.cloud.server``: run a local cloud in the foreground."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys

from hatoba.cloud.server.ready import StartFailed, say_failed
from hatoba.cloud.server.run import run
from hatoba.cloud.server.settings import parse

CANNOT_START = 1
COLLECT_AFTER = (50_000, 10, 10)


def main() -> int:
    """Run the cloud that the command line describes; return the exit code."""
    # Nearly all that is made while it starts stays: looking for garbage meanwhile takes a tenth of the time.
    gc.set_threshold(*COLLECT_AFTER)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(run(parse(sys.argv[1:])))
    except StartFailed as error:
        say_failed(error)
        return CANNOT_START
    return 0


def _loop_factory() -> type[asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.Loop


if __name__ == "__main__":
    sys.exit(main())
