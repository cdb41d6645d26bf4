"""``python -m hatoba.gateway FOLDER [WORKER WORKERS]``: a gateway process, which outlives the cloud.

It tells on standard output when it can be reached (one line), logs to standard error, and ends on
SIGTERM after the running requests are finished.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import secrets
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from hatoba.gateway import runfile
from hatoba.gateway.control import Control
from hatoba.gateway.messages import GENERATION
from hatoba.gateway.serving import Serving

if TYPE_CHECKING:
    from hatoba.gateway.shared_buckets import SharedBuckets

DRAIN_S = 10.0
REST_S = 2.0

_log = logging.getLogger("hatoba.gateway")


def main() -> None:
    """Run until told to end."""
    words = sys.argv[1:]
    if len(words) not in {1, 3}:  # argparse would cost a tenth of the start
        sys.exit("usage: python -m hatoba.gateway FOLDER [WORKER WORKERS]  (the cloud's; see its run/)")
    worker, workers = (int(words[1]), int(words[2])) if words[1:] else (0, 1)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(Path(words[0]), worker, workers))


def _loop_factory() -> type[asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    loop: type[asyncio.AbstractEventLoop] = uvloop.Loop
    return loop


async def _serve(folder: Path, worker: int, workers: int) -> None:
    loop = asyncio.get_running_loop()
    ending = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ending.set)
    serving = Serving(loop, workers, _shared_buckets(folder) if workers > 1 else None, time.monotonic)
    token = secrets.token_urlsafe(32)
    control = Control(serving, token, ending.set)
    port = await control.listen()
    own = runfile.RunFile(os.getpid(), _created(), port, token, GENERATION, worker, workers)
    runfile.write(folder, own)
    _say_ready()
    _rest_collector()
    timer = loop.create_task(serving.keep_time())
    await ending.wait()
    _log.info("draining: %d requests are running", len(serving.deadlines))
    await serving.drain(DRAIN_S)
    timer.cancel()
    await control.deliver_rest(REST_S)
    runfile.remove(folder, own)


def _shared_buckets(folder: Path) -> SharedBuckets:
    from hatoba.gateway.shared_buckets import SharedBuckets

    return SharedBuckets(folder / "run" / runfile.BUCKETS)


def _created() -> float:
    """Return when this process was created, as psutil tells it, without its 20 ms where /proc says it."""
    try:
        ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
        boot = next(line for line in Path("/proc/stat").read_text().splitlines() if line.startswith("btime"))
        return int(boot.split()[1]) + ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, StopIteration):
        import psutil

        created: float = psutil.Process().create_time()
        return created


def _rest_collector() -> None:
    """Collect cycles seldom: requests make none that last, and what is loaded by now stays."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _say_ready() -> None:
    """Say so once, then let go of the pipe: its reader may die before this process does."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


if __name__ == "__main__":
    main()
