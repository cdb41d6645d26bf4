"""``hatoba doctor``: is this machine ready, and why would a request fail, here or on AWS?"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from hatoba.advise.doctor import Finding, examine
from hatoba.advise.seen import SystemSeen
from hatoba.advise.tokens import examine_token
from hatoba.cli import local, output
from hatoba.cli.exits import Exit, Failure
from hatoba.cli.project import state_folder
from hatoba.cloud.server import runfile
from hatoba.definition.project import has_definition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from hatoba.advise.observe import Scope
    from hatoba.cli.target import Target
    from hatoba.cloud.server.runfile import RunFile

NOTHING_UP = "Nothing is up here: `hatoba up` starts the system."
LOCAL = "local"


def doctor(file: Path | None, name: str, *, before: bool, token: str | None, as_json: bool) -> None:
    """Print facts about this machine, then what is wrong with what runs, or with what is to be deployed.

    A ``token`` is held against the authorizers too; its signature is not verified.

    Raises:
        Failure: There is a problem (not for warnings alone), so that a script can ask.
    """
    run = runfile.read(state_folder(file)) if name == LOCAL else None
    facts = _facts(run) if name == LOCAL else {}
    looked, seen = _look(file, name, run, before=before)
    findings = examine(seen)
    if token is not None:
        findings += examine_token(token, seen, time.time())
    if as_json:
        rows = [asdict(finding) for finding in findings]
        output.print_json({"machine": facts, "environment": name, "looked_at": looked, "findings": rows})
    else:
        for fact, value in facts.items():
            output.say(f"{fact:<17} {value}")
        output.print_text(_lines(findings))
        if not findings:
            output.say(f"Nothing wrong was found with {looked}." if looked else NOTHING_UP)
    problems = sum(finding.level == "problem" for finding in findings)
    if problems:
        raise Failure(f"{problems} problem{'s' if problems > 1 else ''} found.", code=Exit.FAILED)


def _lines(findings: tuple[Finding, ...]) -> Iterator[str]:
    """Three lines each: a table's cells would be too narrow for whole sentences."""
    for finding in findings:
        yield f"{finding.level}: {finding.subject}"
        yield f"  {finding.what}"
        yield f"  Try: {finding.remedy}"


def _look(file: Path | None, name: str, run: RunFile | None, *, before: bool) -> tuple[str, SystemSeen]:
    """What was looked at, in words, and what was seen."""
    if name == LOCAL and run is None:
        return "", SystemSeen()
    if run is not None and not before:
        return "what runs here", _running_here(run, state_folder(file).parent / "environments.toml")
    from hatoba.cli.target import reach, told
    from hatoba.deploy.stacks import standing_resources
    from hatoba.deploy.states import REVIEW

    if name == LOCAL and not (file or has_definition(state_folder(file).parent)):
        return "what runs here", SystemSeen()
    target = reach(file, name)
    with told():
        stack = target.engine.status(target.stack)
        standing = standing_resources(target.engine.client, stack) if stack else {}
        ids = frozenset(physical for _, physical in standing.values())
        if stack is None or stack.status == REVIEW or before:
            return f"what is to be deployed to {target.place}", _intended(target, ids)
        return f"what stands in {target.place}", _standing(target, ids)


def _running_here(run: RunFile, environments: Path) -> SystemSeen:
    from hatoba.advise.observe import Scope, look
    from hatoba.definition.environments import Environment
    from hatoba.deploy import Clients, Endpoint, connect

    here = Environment(LOCAL, run.region, None, {}, environments)
    clients = Clients(connect(here, Endpoint(run.endpoint, run.account)))
    return look(clients, partial(_issuer_here, run), Scope(is_here=True))


def _standing(target: Target, ids: frozenset[str]) -> SystemSeen:
    from hatoba.advise.observe import look

    return look(target.clients, _issuers(target), _scope(target, ids))


def _intended(target: Target, ids: frozenset[str]) -> SystemSeen:
    from hatoba.advise.intended import intend
    from hatoba.advise.reading import Reading
    from hatoba.cli.deployed.plan import prepared

    target.validate()
    deployment = prepared(target, redeploy=True)
    pseudo = {
        "AWS::AccountId": target.account,
        "AWS::Region": target.environment.region,
        "AWS::Partition": "aws",
        "AWS::StackName": target.stack,
        "AWS::URLSuffix": "amazonaws.com",
    }
    template = json.loads(deployment.template)
    reading = Reading(template, _looked_up(target, template, deployment.parameters), pseudo)
    return intend(reading, target.clients, _issuers(target), _scope(target, ids))


def _looked_up(target: Target, template: Mapping[str, Any], parameters: Mapping[str, str]) -> dict[str, str]:
    """Parameters with the values that CloudFormation would look up in Systems Manager."""
    from hatoba.advise.reading import LOOKED_UP

    names = {
        key: parameters[key]
        for key, declared in template.get("Parameters", {}).items()
        if declared["Type"].startswith(LOOKED_UP) and key in parameters
    }
    if not names:
        return dict(parameters)
    found = target.connection.client("ssm").get_parameters(Names=sorted(set(names.values())))["Parameters"]
    values = {each["Name"]: str(each["Value"]) for each in found}
    return {**parameters, **{key: values.get(name, f"@{name}") for key, name in names.items()}}


def _scope(target: Target, ids: frozenset[str]) -> Scope:
    from hatoba.advise.observe import Scope

    return Scope(ids, is_here=target.run is not None)


def _issuers(target: Target) -> Callable[[str], str | None]:
    from hatoba.advise.issuers import why_unreachable

    return why_unreachable if target.run is None else partial(_issuer_here, target.run)


def _issuer_here(run: RunFile, issuer: str) -> str | None:
    """Ask the cloud why an issuer's keys cannot be had."""
    error: str | None = local.ask(run, "POST", "issuer", {"issuer": issuer})["error"]
    return error


def _facts(run: RunFile | None) -> dict[str, str]:
    from hatoba.runtime.sockets import find_engine

    engine = find_engine()
    return {
        "Python": f"{sys.version.split()[0]} at {sys.executable}",
        "container engine": engine.url or f"none; tasks run by their local commands ({engine.problem})",
        "local cloud": f"{run.endpoint}, process {run.pid}" if run else "not running",
    }
