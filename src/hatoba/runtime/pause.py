"""The smallest image there is: a program that does nothing, to hold the network of a task.

Containers of one task share one network. Were it one of theirs, it would go when that one ends first; so
where a task has several containers, one more holds it. Its image is made here, from a few instructions,
for no registry need be reachable.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
import tarfile

IMAGE = "localhost/hatoba-pause:1"
_ENTRY = "/pause"
_BASE = 0x400000
_HEADERS = 64 + 56

# for (;;) pause();
_X86_64 = bytes.fromhex("b822000000 0f05 ebf7")
# for (;;) ppoll(0, 0, 0, 0): arm64 has no pause.
_AARCH64 = struct.pack(
    "<7I", 0xD2800000, 0xD2800001, 0xD2800002, 0xD2800003, 0xD2800928, 0xD4000001, 0x17FFFFFA
)
_MACHINES = {
    "x86_64": ("amd64", 62, _X86_64),
    "amd64": ("amd64", 62, _X86_64),
    "aarch64": ("arm64", 183, _AARCH64),
    "arm64": ("arm64", 183, _AARCH64),
}


class UnknownMachine(Exception):
    """There is no such program for this machine."""


def pause_image(machine: str) -> bytes:
    """Return the image as a docker-archive tarball.

    Args:
        machine: As the engine names its architecture.

    Raises:
        UnknownMachine: Neither x86-64 nor arm64.
    """
    if machine not in _MACHINES:
        raise UnknownMachine(
            f"tasks of several containers need x86-64 or arm64, and this engine is {machine}"
        )
    architecture, elf_machine, code = _MACHINES[machine]
    layer = _tar({_ENTRY.lstrip("/"): _program(elf_machine, code)})
    digest = hashlib.sha256(layer).hexdigest()
    config = {
        "architecture": architecture,
        "os": "linux",
        "config": {"Entrypoint": [_ENTRY]},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
    }
    manifest = [{"Config": "config.json", "RepoTags": [IMAGE], "Layers": ["layer.tar"]}]
    return _tar(
        {
            "config.json": json.dumps(config).encode(),
            "layer.tar": layer,
            "manifest.json": json.dumps(manifest).encode(),
        }
    )


def _program(machine: int, code: bytes) -> bytes:
    """Return an ELF executable of one loaded segment. https://man7.org/linux/man-pages/man5/elf.5.html."""
    size = _HEADERS + len(code)
    identity = b"\x7fELF" + bytes([2, 1, 1]) + bytes(9)
    header = struct.pack("<HHIQQQIHHHHHH", 2, machine, 1, _BASE + _HEADERS, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, _BASE, _BASE, size, size, 0x10000)
    return identity + header + segment + code


def _tar(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            entry.mode = 0o755
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()
