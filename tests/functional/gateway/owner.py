"""A cloud in a process of its own that starts a gateway, pushes one snapshot, and waits to be killed.

``python -m tests.functional.gateway.owner FOLDER SNAPSHOT WORKERS`` prints the gateway's pids when it
serves.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import msgspec

from hatoba.gateway.snapshot import Snapshot
from hatoba.gateway.workers import GatewayWorkers


async def own(folder: Path, snapshot: Snapshot, workers: int) -> None:
    gateway = GatewayWorkers(folder, lambda _lines: None, workers)
    await gateway.start()
    await gateway.push(snapshot)
    sys.stdout.write(" ".join(map(str, gateway.pids)) + "\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    given = msgspec.json.decode(Path(sys.argv[2]).read_bytes(), type=Snapshot)
    asyncio.run(own(Path(sys.argv[1]), given, int(sys.argv[3])))
