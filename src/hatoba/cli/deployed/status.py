"""``hatoba status``: the stack's state, its services, its outputs; an operation that runs is followed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.cli import output
from hatoba.cli.deployed.narrating import Narrator
from hatoba.cli.exits import Failure
from hatoba.cli.interrupting import raise_on_signals
from hatoba.cli.target import reach, told
from hatoba.deploy.stacks import standing_resources
from hatoba.deploy.states import REVIEW, is_busy, obstacle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hatoba.cli.target import Target
    from hatoba.deploy import Stack

SERVICE_COLUMNS = {
    "service": "SERVICE",
    "running": "RUNNING",
    "desired": "DESIRED",
    "deployment": "DEPLOYMENT",
}
OUTPUT_COLUMNS = {"name": "OUTPUT", "value": "VALUE"}


def status(file: Path | None, name: str, *, follow: bool, as_json: bool) -> None:
    """Print the stack of the definition as it stands; with ``follow`` first what happens to it, to its end.

    Raises:
        Failure: Nothing is up, or the stack does not stand.
    """
    target = reach(file, name)
    with told():
        stack = _standing(target)
        if follow and is_busy(stack.status):
            raise_on_signals()
            with Narrator() as narrator:
                target.engine.follow(stack, narrator)
            stack = _standing(target)
        services = list(_services(target, stack))
    error = obstacle(stack, target.command)
    if as_json:
        output.print_json(
            {
                "environment": target.environment.name,
                "account": target.account,
                "region": target.environment.region,
                "stack": stack.name,
                "status": stack.status,
                "reason": stack.reason,
                "changed_at": stack.changed_at,
                "next": error.remedy if error else "",
                "endpoint": target.run.endpoint if target.run else None,
                "services": services,
                "outputs": dict(stack.outputs),
            }
        )
        return
    output.say(f"Stack {stack.name} is {stack.status}. {stack.reason}".rstrip())
    if error is not None:
        output.say(f"Try:   {error.remedy}")
    output.print_table(services, SERVICE_COLUMNS, empty="It has no services.")
    rows: list[output.Row] = [{"name": key, "value": value} for key, value in stack.outputs.items()]
    output.print_table(rows, OUTPUT_COLUMNS, empty="It has no outputs.")


def _standing(target: Target) -> Stack:
    stack = target.engine.find(target.stack)
    if stack is None or stack.status == "DELETE_COMPLETE":
        raise Failure(
            f"Stack {target.stack} does not stand in {target.place}.",
            f"`{target.command('deploy')}` brings it.",
        )
    return stack


def _services(target: Target, stack: Stack) -> Iterator[dict[str, Any]]:
    if stack.status == REVIEW:
        return
    for kind, arn in standing_resources(target.engine.client, stack).values():
        if kind != "AWS::ECS::Service" or "/" not in arn:
            continue
        cluster, name = arn.split("/")[-2:]
        for found in target.clients.ecs.describe_services(cluster=cluster, services=[name])["services"]:
            deployments = found.get("deployments", [])
            yield {
                "service": found["serviceName"],
                "running": found["runningCount"],
                "desired": found["desiredCount"],
                "deployment": deployments[0].get("rolloutState", "") if deployments else "",
            }
