"""The words that start a cloud: ``python -m hatoba.cloud.server --folder … --port …``."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from hatoba.cloud.server.ready import StartFailed
from hatoba.cloud.world import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DEFAULT_ACCOUNT = "000000000000"
_ACCOUNT = re.compile(r"[0-9]{12}")


class Start(msgspec.Struct, frozen=True):
    """How a cloud is started. One that ``is_held`` loads its code, and goes on when it is told to."""

    settings: Settings
    is_held: bool


def parse(words: Sequence[str], environment: Mapping[str, str] = os.environ) -> Start:
    """Return the settings that command-line words and the environment ask for.

    With ``--port 0`` the system chooses every port, so that any number of clouds run side by side.
    """
    parser = argparse.ArgumentParser(prog="hatoba.cloud.server", description="hatoba's local cloud")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, default=4566)
    parser.add_argument("--gateway-port", type=int, default=None)
    parser.add_argument("--dns-port", type=int, default=None)
    parser.add_argument("--region", default="ap-northeast-1")
    parser.add_argument("--runtime", choices=("auto", "process", "container", "simulated"), default="auto")
    parser.add_argument("--gateway-workers", type=int, default=1)
    parser.add_argument("--ephemeral", action="store_true")
    parser.add_argument("--enforce-security-groups", action="store_true")
    parser.add_argument("--hold", action="store_true", help="touch nothing before a line came on stdin")
    given = parser.parse_args(words)
    settings = Settings(
        folder=given.folder.resolve(),
        port=given.port,
        gateway_port=_beside(given.port, given.gateway_port, 4580),
        dns_port=_beside(given.port, given.dns_port, 4553),
        account=account_in(environment),
        region=given.region,
        ephemeral=given.ephemeral,
        runtime=given.runtime,
        gateway_workers=given.gateway_workers,
        enforce_security_groups=given.enforce_security_groups,
    )
    return Start(settings, is_held=given.hold)


def account_in(environment: Mapping[str, str]) -> str:
    """Return the account that the cloud shows.

    Raises:
        StartFailed: ``HATOBA_ACCOUNT_ID`` is no account id.
    """
    account = environment.get("HATOBA_ACCOUNT_ID", DEFAULT_ACCOUNT)
    if not _ACCOUNT.fullmatch(account):
        raise StartFailed(
            f"HATOBA_ACCOUNT_ID is {account!r}; an account id has 12 digits.", "Correct it or unset it."
        )
    return account


def _beside(port: int, given: int | None, default: int) -> int:
    if given is not None:
        return given
    return default if port else 0
