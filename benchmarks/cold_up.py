"""From a cold ``hatoba up`` of the reference system to its first 200, with processes.

The physical limit it is set against: how long this machine's Python takes to start and import what the
three processes on the way need (the command, the cloud, the gateway), one after the other.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.report import Row

RUNS = 5
TARGET_S = 2.0
EXAMPLE = Path(__file__).parents[1] / "examples" / "sales_support_system"
IMPORTS = (
    "import hatoba.cli.here.up, hatoba.deploy, botocore.session",
    "import hatoba.cloud.server.assembly, hatoba.cloud.server.app, uvicorn",
    "import hatoba.gateway.serving",
)


def run() -> list[Row]:
    """Measure both in turn."""
    starts, ups = [], []
    for _ in range(RUNS):
        starts.append(_imports_s())
        ups.append(_up_s())
    up = statistics.median(ups)
    return [
        Row("Python starts and imports, three processes", f"{statistics.median(starts):.2f} s"),
        Row("hatoba up to the first 200", f"{up:.2f} s", f"at most {TARGET_S:.0f} s", up <= TARGET_S),
        Row("  best and worst of the runs", f"{min(ups):.2f} s, {max(ups):.2f} s"),
        Row("  against the imports alone", f"{up / statistics.median(starts):.2f} times"),
    ]


def _imports_s() -> float:
    started = time.perf_counter()
    for code in IMPORTS:
        subprocess.run([sys.executable, "-c", code], env=_environment(), check=True)
    return time.perf_counter() - started


def _environment() -> dict[str, str]:
    """A user's: with the bytecode cache that Python keeps unless it is told not to."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _up_s() -> float:
    with tempfile.TemporaryDirectory(prefix="hatoba-bench-") as scratch:
        folder = Path(scratch) / "system"
        shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".hatoba", "__pycache__"))
        hatoba = [sys.executable, "-m", "hatoba"]
        started = time.perf_counter()
        up = subprocess.run(
            [*hatoba, "up", "--detach", "--port", "0", "--runtime", "process"],
            cwd=folder,
            env=_environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        try:
            return _until_first_200(folder, up.stdout) - started
        finally:
            subprocess.run([*hatoba, "down", "--force"], cwd=folder, capture_output=True, check=True)


def _until_first_200(folder: Path, printed: str) -> float:
    cloud = json.loads((folder / ".hatoba" / "run" / "cloud.json").read_text())
    asked = http.client.HTTPConnection(cloud["host"], cloud["port"], timeout=10)
    asked.request("POST", "/_hatoba/token", "{}", {"x-hatoba": "1"})
    token = json.loads(asked.getresponse().read())["token"]
    url = next(
        line.split(" = ")[1] for line in printed.splitlines() if line.startswith("apigateway_endpoint")
    )
    while True:
        client = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
        client.request("GET", "/", headers={"Authorization": token})
        if client.getresponse().status == http.HTTPStatus.OK:
            return time.perf_counter()
        client.close()
