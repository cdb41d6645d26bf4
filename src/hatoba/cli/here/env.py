"""``hatoba env``: what a shell needs so that any AWS tool talks to the local cloud."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from hatoba.cli import local, output

if TYPE_CHECKING:
    from pathlib import Path

    from hatoba.cloud.server.runfile import RunFile


def variables(run: RunFile) -> dict[str, str]:
    """Return the environment variables for AWS's tools.

    ``AWS_DISABLE_HOST_PREFIX_INJECTION``: botocore calls Cloud Map's data operations at ``data-`` + the
    endpoint's host, a name that no resolver knows for a local address.
    """
    return {
        "AWS_ENDPOINT_URL": run.endpoint,
        "AWS_REGION": run.region,
        "AWS_DEFAULT_REGION": run.region,
        "AWS_ACCESS_KEY_ID": run.account,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def env(folder: Path, *, as_json: bool) -> None:
    """Print the variables: for ``eval "$(hatoba env)"``, or as JSON with the ports besides."""
    run = local.running(folder)
    if as_json:
        output.print_json(
            {
                "environment": variables(run),
                "endpoint": run.endpoint,
                "gateway": f"http://{run.host}:{run.gateway_port}",
                "dns": f"{run.host}:{run.dns_port}",
                "region": run.region,
                "account": run.account,
            }
        )
        return
    for name, value in variables(run).items():
        print(f"export {name}={shlex.quote(value)}")  # noqa: T201 - data for the shell
