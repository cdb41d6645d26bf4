"""A container engine of the tests' own: a Podman service with its own storage, and a small image.

No registry is reachable where tests run, so the image is made from the static busybox. Debian packages that
it takes: ``podman runc netavark iptables busybox-static``. To use it, a ``conftest.py`` imports the fixture
:func:`engine`, and the module is marked ``containers``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from hatoba.runtime.sockets import find_engine, why_unreachable
from tests.support.waiting import wait_until

IMAGE = "localhost/hatoba-test:1"
BUSYBOX = Path("/bin/busybox")
APPLETS = (
    *("cat", "date", "echo", "env", "grep", "head", "httpd", "id", "kill", "ls", "mkdir", "mkfifo", "nc"),
    *("nslookup", "ps", "pwd", "seq", "sh", "sleep", "stty", "touch", "tr", "tty", "wget"),
)


@dataclass(frozen=True)
class TestEngine:
    """Where the engine listens, and its command with what must stand before every word."""

    __test__ = False

    url: str
    command: tuple[str, ...]
    environment: Mapping[str, str]

    def __call__(self, *words: str) -> str:
        done = subprocess.run(
            [*self.command, *words],
            env=dict(self.environment),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"{self.command[0]} {' '.join(words)}: {done.stderr}"
        return done.stdout

    def build(self, folder: Path) -> None:
        """Make the test image."""
        binaries = folder / "bin"
        binaries.mkdir(parents=True, exist_ok=True)
        shutil.copy(BUSYBOX, binaries / "busybox")
        for applet in APPLETS:
            link = binaries / applet
            if not link.is_symlink():
                link.symlink_to("busybox")
        (folder / "Dockerfile").write_text('FROM scratch\nCOPY bin /bin\nCMD ["sh"]\n')
        self("build", "-q", "-t", IMAGE, str(folder))


@pytest.fixture(scope="session")
def engine() -> Iterator[TestEngine]:
    """An engine that has the image :data:`IMAGE`; the test is skipped where none can be had."""
    if not BUSYBOX.exists():
        pytest.skip("no static busybox to make an image from; install busybox-static")
    folder = Path(tempfile.mkdtemp(prefix="hatoba-engine-"))
    try:
        if shutil.which("podman"):
            with podman_of_its_own(folder) as podman:
                yield podman
        elif shutil.which("docker") and (address := find_engine()).url is not None:
            docker = TestEngine(address.url, ("docker", "--host", address.url), dict(os.environ))
            docker.build(folder / "image")
            yield docker
        else:
            pytest.skip("neither Podman nor a running Docker is here; install podman runc busybox-static")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def podman_of_its_own(folder: Path) -> Iterator[TestEngine]:
    """A Podman service with its storage in a folder, which has the image; nothing is left of it."""
    socket = folder / "api.sock"
    url = f"unix://{socket}"
    podman = _configured(folder, url)
    with (folder / "service.log").open("wb") as log:
        service = subprocess.Popen(
            [*podman.command, "system", "service", "--time=0", url],
            env=dict(podman.environment),
            cwd=folder,  # where its containers' monitors leave a file when one runs out of memory
            stdout=log,
            stderr=log,
        )
        try:
            wait_until(lambda: why_unreachable(url) is None, what="the Podman service")
            podman.build(folder / "image")
            yield podman
        finally:
            podman("rm", "--all", "--force", "--time", "0")
            podman("volume", "prune", "--force")
            podman("rmi", "--all", "--force")
            service.terminate()
            service.wait(timeout=60)
            subprocess.run(["umount", folder / "root" / "overlay"], capture_output=True, check=False)


def _configured(folder: Path, url: str) -> TestEngine:
    runtime = next((name for name in ("runc", "crun") if shutil.which(name)), None)
    if runtime is None:
        pytest.skip("Podman has no runtime to run containers with; install runc")
    if shutil.which("iptables") is None:
        pytest.skip("Podman's network needs iptables to publish ports; install iptables")
    settings = folder / "containers.conf"
    # Sandboxes allow no higher limits; files instead of journals, and cgroups without systemd.
    settings.write_text(
        f"""[engine]
runtime = "{runtime}"
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = "{folder}/libpod"
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
log_driver = "k8s-file"
[network]
network_config_dir = "{folder}/networks"
"""
    )
    command = ("podman", "--root", f"{folder}/root", "--runroot", f"{folder}/run")
    return TestEngine(url, command, dict(os.environ) | {"CONTAINERS_CONF": str(settings)})
