"""After a crash: stop and remove what a dead cloud of a folder left running."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.server import runfile
from hatoba.gateway.process import sweep as sweep_gateway
from hatoba.runtime.machine import sweep as sweep_runtimes

if TYPE_CHECKING:
    from pathlib import Path


async def sweep_all(folder: Path) -> list[str]:
    """Stop the gateway, every process and every container of the folder; return a line for each.

    Only for a folder whose cloud does not run.
    """
    swept = [*await sweep_gateway(folder), *await sweep_runtimes(folder)]
    runfile.remove(folder)
    return swept
