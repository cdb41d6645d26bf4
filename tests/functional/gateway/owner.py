"""A cloud in a process of its own that starts a gateway, pushes one snapshot, and waits to be killed.

``python -m tests.functional.gateway.owner FOLDER SNAPSHOT`` prints the gateway's pid when it serves.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import msgspec

from hatoba.gateway.process import GatewayProcess
from hatoba.gateway.snapshot import Snapshot


async def own(folder: Path, snapshot: Snapshot) -> None:
    gateway = GatewayProcess(folder, lambda _lines: None)
    await gateway.start()
    await gateway.push(snapshot)
    sys.stdout.write(f"{gateway.pid}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(own(Path(sys.argv[1]), msgspec.json.decode(Path(sys.argv[2]).read_bytes(), type=Snapshot)))
