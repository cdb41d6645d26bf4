"""``hatoba doctor``: is this machine ready, and why would a request fail?"""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from hatoba.advise.doctor import Finding, examine
from hatoba.cli import aws, local, output
from hatoba.cli.exits import Exit, Failure
from hatoba.cli.project import state_folder
from hatoba.cloud.server import runfile

if TYPE_CHECKING:
    from pathlib import Path

    from types_boto3_apigatewayv2 import ApiGatewayV2Client
    from types_boto3_ecs import ECSClient
    from types_boto3_servicediscovery import ServiceDiscoveryClient

    from hatoba.cloud.server.runfile import RunFile

COLUMNS = {"level": "", "subject": "WHERE", "what": "WHAT", "remedy": "TRY"}


@dataclass(frozen=True)
class Here:
    """The running cloud's clients, each made when first needed: :mod:`hatoba.advise.observe`'s Clients."""

    run: RunFile

    @cached_property
    def ecs(self) -> ECSClient:
        """Amazon ECS."""
        return aws.client(self.run, "ecs")

    @cached_property
    def servicediscovery(self) -> ServiceDiscoveryClient:
        """AWS Cloud Map."""
        return aws.client(self.run, "servicediscovery")

    @cached_property
    def apigatewayv2(self) -> ApiGatewayV2Client:
        """Amazon API Gateway HTTP APIs."""
        return aws.client(self.run, "apigatewayv2")

    def issuer_error(self, issuer: str) -> str | None:
        """Ask the cloud why an issuer's keys cannot be had."""
        error: str | None = local.ask(self.run, "POST", "issuer", {"issuer": issuer})["error"]
        return error


def doctor(file: Path | None, *, as_json: bool) -> None:
    """Print facts about this machine, then what is wrong with what runs.

    Raises:
        Failure: There is a problem (not for warnings alone), so that a script can ask.
    """
    run = runfile.read(state_folder(file))
    facts = _facts(run)
    findings: tuple[Finding, ...] = ()
    if run is not None:
        from hatoba.advise.observe import look

        here = Here(run)
        findings = examine(look(here, here.issuer_error))
    if as_json:
        output.print_json({"machine": facts, "findings": [asdict(finding) for finding in findings]})
    else:
        for name, value in facts.items():
            output.say(f"{name:<17} {value}")
        empty = "Nothing wrong was found." if run else "Nothing is up here: `hatoba up` starts the system."
        output.print_table([asdict(finding) for finding in findings], COLUMNS, empty=empty)
    problems = sum(finding.level == "problem" for finding in findings)
    if problems:
        raise Failure(f"{problems} problem{'s' if problems > 1 else ''} found.", code=Exit.FAILED)


def _facts(run: RunFile | None) -> dict[str, str]:
    from hatoba.runtime.sockets import find_engine

    engine = find_engine()
    return {
        "Python": f"{sys.version.split()[0]} at {sys.executable}",
        "container engine": engine.url or f"none; tasks run by their local commands ({engine.problem})",
        "local cloud": f"{run.endpoint}, process {run.pid}" if run else "not running",
    }
