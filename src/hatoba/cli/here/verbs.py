"""The verbs of a system on this machine: it comes up, is looked at, is used, goes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from hatoba.cli.words import Enforce, Environment, File, GatewayWorkers, Json, Port, Runtime, folder_of

verbs = typer.Typer()


@verbs.command()
def up(
    file: File = None,
    *,
    detach: Annotated[bool, typer.Option("--detach", "-d", help="Leave it running and return.")] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Return when all is steady; implies --detach, which waits too.")
    ] = False,
    port: Port = 4566,
    runtime: Runtime = "auto",
    ephemeral: Annotated[bool, typer.Option("--ephemeral", help="Keep no state on disk.")] = False,
    gateway_workers: GatewayWorkers = 1,
    enforce_security_groups: Enforce = False,
) -> None:
    """Run the system on this machine and deploy the definition to it."""
    from hatoba.cli.here.up import Wish
    from hatoba.cli.here.up import up as run

    wish = Wish(
        detach=detach or wait,
        port=port,
        runtime=runtime,
        ephemeral=ephemeral,
        gateway_workers=gateway_workers,
        enforce_security_groups=enforce_security_groups,
    )
    run(file, wish)


@verbs.command()
def cloud(
    folder: Annotated[Path, typer.Argument(help="Its state is kept in .hatoba there.")] = Path(),
    *,
    port: Port = 4566,
    region: Annotated[
        str | None, typer.Option(help="The region that `hatoba env` names; every region answers.")
    ] = None,
    runtime: Runtime = "auto",
    ephemeral: Annotated[bool, typer.Option("--ephemeral", help="Keep no state on disk.")] = False,
    gateway_workers: GatewayWorkers = 1,
    enforce_security_groups: Enforce = False,
    local_command: Annotated[
        list[str] | None,
        typer.Option(help="IMAGE=COMMAND: what runs for an image without a container engine; repeat."),
    ] = None,
) -> None:
    """Run only the local cloud, for Terraform, CDK, SAM, the AWS CLI and boto3, until Ctrl-C."""
    from hatoba.cli.here.cloud import cloud as run
    from hatoba.cli.here.cloud import options

    wish = options(
        folder,
        port,
        region,
        runtime,
        ephemeral=ephemeral,
        gateway_workers=gateway_workers,
        enforce_security_groups=enforce_security_groups,
    )
    run(folder, wish, local_command or [])


@verbs.command()
def down(
    file: File = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Only stop: the next up finds everything again.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Do not drain; end everything at once.")] = False,
) -> None:
    """Remove the local system: its stack, tasks, gateway, cloud and state."""
    from hatoba.cli.here.down import down as run

    del yes  # nothing but this machine's own system is at stake: down never asks
    run(file, keep=keep, force=force)


@verbs.command()
def ps(
    file: File = None,
    *,
    all_tasks: Annotated[bool, typer.Option("--all", "-a", help="Stopped tasks too.")] = False,
    as_json: Json = False,
) -> None:
    """List services and tasks."""
    from hatoba.cli.here.ps import ps as run

    run(folder_of(file), all_tasks=all_tasks, as_json=as_json)


@verbs.command()
def logs(
    groups: Annotated[list[str] | None, typer.Argument(help="Log groups; all, where none is named.")] = None,
    file: File = None,
    *,
    since: Annotated[str, typer.Option(help="How far back: 30s, 10m, 2h, 1d.")] = "1h",
    tail: Annotated[int, typer.Option(help="The last N lines; 0 for all.")] = 0,
    follow: Annotated[bool, typer.Option("--follow", help="Go on with new lines.")] = False,
    as_json: Json = False,
) -> None:
    """Show what containers wrote and what the gateway answered."""
    from hatoba.cli.here.logs import logs as run

    run(folder_of(file), groups=groups or [], since=since, tail=tail, follow=follow, as_json=as_json)


@verbs.command()
def requests(
    request_id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="A request's apigw-requestid; else the last ones.")
    ] = None,
    file: File = None,
    *,
    tail: Annotated[int, typer.Option(min=1, max=1000, help="The last N requests.")] = 50,
    follow: Annotated[bool, typer.Option("--follow", help="Go on with new requests.")] = False,
    as_json: Json = False,
) -> None:
    """Show what became of requests to the gateway, and why: route, verdict, instance, times."""
    from hatoba.cli.here.requests import requests as run

    run(folder_of(file), request_id, limit=tail, follow=follow, as_json=as_json)


@verbs.command("exec")
def execute(
    task: Annotated[str, typer.Argument(help="A task's id, or the beginning of it; `hatoba ps` lists them.")],
    command: Annotated[list[str], typer.Argument(help="The command, after --.")],
    file: File = None,
    *,
    container: Annotated[str | None, typer.Option(help="Which, where the task has several.")] = None,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds that it may take.")] = 60.0,
) -> None:
    """Run a command in a container of a running task, and end with its exit code."""
    from hatoba.cli.here.exec import execute as run

    raise typer.Exit(run(folder_of(file), task, container, command, timeout_s=timeout))


Set = Annotated[list[str] | None, typer.Option("--set", help="NAME=VALUE for its environment; repeat.")]
Detached = Annotated[bool, typer.Option("--detach", "-d", help="Only start it, and print the tasks' ids.")]
Limit = Annotated[
    float | None, typer.Option("--timeout", min=0.1, help="Seconds that it may take; then it is stopped.")
]


@verbs.command()
def run(
    what: Annotated[str, typer.Argument(help="A service, or a task definition: family or family:revision.")],
    command: Annotated[
        list[str] | None, typer.Argument(help="A command in place of its own, after --.")
    ] = None,
    file: File = None,
    *,
    container: Annotated[
        str | None, typer.Option(help="Which container gets the command; else the first essential one.")
    ] = None,
    settings: Set = None,
    cluster: Annotated[str | None, typer.Option(help="Which, where several stand.")] = None,
    detach: Detached = False,
    timeout: Limit = None,
) -> None:
    """Run one task by itself, show what it writes, and end with its exit code."""
    from hatoba.cli.here.run import run as run_task
    from hatoba.cli.here.starting import Wish, environment_of

    wish = Wish(command or (), environment_of(settings or ()), container, detach=detach, within_s=timeout)
    raise typer.Exit(run_task(folder_of(file), what, cluster, wish))


@verbs.command()
def job(
    name: Annotated[str | None, typer.Argument(help="The job; without it all jobs are listed.")] = None,
    file: File = None,
    env: Environment = "local",
    *,
    settings: Set = None,
    detach: Detached = False,
    timeout: Limit = None,
    as_json: Json = False,
) -> None:
    """Run a job of the definition to its end, or list the jobs and when they run by themselves."""
    from hatoba.cli.here.job import job as run_job
    from hatoba.cli.here.job import jobs as list_jobs
    from hatoba.cli.here.starting import Wish, environment_of

    if name is None:
        list_jobs(file, env, as_json=as_json)
        return
    wish = Wish(environment=environment_of(settings or ()), detach=detach, within_s=timeout)
    raise typer.Exit(run_job(file, env, name, wish))


@verbs.command()
def token(
    file: File = None,
    *,
    subject: Annotated[str, typer.Option(help="The user: claim sub.")] = "local-user",
    pool: Annotated[
        str | None, typer.Option(help="The user pool's id; else the client's, or the default.")
    ] = None,
    client: Annotated[str | None, typer.Option(help="The client id; else the pool's own.")] = None,
    use: Annotated[Literal["id", "access"], typer.Option(help="Which kind it is.")] = "id",
    scope: Annotated[list[str] | None, typer.Option(help="A scope of an access token; repeat.")] = None,
    claim: Annotated[list[str] | None, typer.Option(help="A further claim, name=value; repeat.")] = None,
    lifetime: Annotated[int, typer.Option(help="Seconds until it expires.")] = 3600,
    wrong: Annotated[
        Literal["expired", "not-yet-valid", "audience", "issuer", "forged", "alg-none"] | None,
        typer.Option(
            metavar="HOW",
            help="Make it wrong: expired, not-yet-valid, audience, issuer, forged, alg-none.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Mint a JWT of the local issuer."""
    from hatoba.cli.here.token import Wish
    from hatoba.cli.here.token import token as run

    wish = Wish(subject, pool, client, use, tuple(scope or ()), tuple(claim or ()), lifetime, wrong)
    run(folder_of(file), wish, as_json=as_json)


@verbs.command()
def env(file: File = None, *, as_json: Json = False) -> None:
    """Print what a shell needs for AWS's tools: eval "$(hatoba env)"."""
    from hatoba.cli.here.env import env as run

    run(folder_of(file), as_json=as_json)


@verbs.command()
def dig(
    name: Annotated[str, typer.Argument(help="Such as service.namespace.")],
    record_type: Annotated[str, typer.Argument(help="A, AAAA, SRV, CNAME …")] = "A",
    file: File = None,
    *,
    as_json: Json = False,
) -> None:
    """Ask the local DNS for a name of a Cloud Map namespace."""
    from hatoba.cli.here.dig import dig as run

    run(folder_of(file), name, record_type.upper(), as_json=as_json)


states = typer.Typer(help="Save, load and reset what the local cloud keeps.", no_args_is_help=True)
verbs.add_typer(states, name="state")
SnapshotName = Annotated[str, typer.Argument(help="The snapshot's name.")]


@states.command("save")
def state_save(name: SnapshotName, file: File = None) -> None:
    """Save everything that the local cloud keeps, also while it runs."""
    from hatoba.cli.here.state import save as run

    run(folder_of(file), name)


@states.command("load")
def state_load(name: SnapshotName, file: File = None) -> None:
    """Put a snapshot in place of the state; a cloud that runs is stopped first."""
    from hatoba.cli.here.state import load as run

    run(folder_of(file), name)


@states.command("list")
def state_list(file: File = None, *, as_json: Json = False) -> None:
    """List the snapshots."""
    from hatoba.cli.here.state import list_all as run

    run(folder_of(file), as_json=as_json)


@states.command("reset")
def state_reset(file: File = None) -> None:
    """Empty the local cloud: its tasks are stopped, everything is gone, and it runs on."""
    from hatoba.cli.here.state import reset as run

    run(folder_of(file))
