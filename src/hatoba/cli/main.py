"""The ``hatoba`` command: every verb, its words, and where its work is done."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Annotated

import typer

from hatoba.cli.exits import Failure

COLLECT_AFTER = (50_000, 10, 10)
"""How seldom to look for garbage: a command makes little, and imports much that stays."""

app = typer.Typer(
    name="hatoba",
    help="API Gateway, Cloud Map and ECS on Fargate: written once, run here for real, shipped to AWS.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

File = Annotated[
    Path | None,
    typer.Option("--file", "-f", help="The definition; else hatobafile.py here or above."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Environment = Annotated[
    str, typer.Option("--env", "-e", help="The environment; its values come from a file.")
]

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Redeploy = Annotated[
    bool,
    typer.Option("--redeploy/--no-redeploy", help="Start services anew where nothing else changes them."),
]

GatewayWorkers = Annotated[
    int, typer.Option(min=0, max=64, help="Processes that answer requests; 0 is one for each processor.")
]

Enforce = Annotated[
    bool,
    typer.Option(
        "--enforce-security-groups", help="Requests reach tasks only where security groups let them."
    ),
]


@app.command()
def up(
    file: File = None,
    *,
    detach: Annotated[bool, typer.Option("--detach", "-d", help="Leave it running and return.")] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Return when all is steady; implies --detach, which waits too.")
    ] = False,
    port: Annotated[int, typer.Option(help="The AWS endpoint's port; 0 takes free ports for all.")] = 4566,
    runtime: Annotated[str, typer.Option(help="auto, container or process.")] = "auto",
    ephemeral: Annotated[bool, typer.Option("--ephemeral", help="Keep no state on disk.")] = False,
    gateway_workers: GatewayWorkers = 1,
    enforce_security_groups: Enforce = False,
) -> None:
    """Run the system on this machine and deploy the definition to it."""
    from hatoba.cli.up import Wish
    from hatoba.cli.up import up as run

    wish = Wish(
        detach=detach or wait,
        port=port,
        runtime=runtime,
        ephemeral=ephemeral,
        gateway_workers=gateway_workers,
        enforce_security_groups=enforce_security_groups,
    )
    run(file, wish)


@app.command()
def cloud(
    folder: Annotated[Path, typer.Argument(help="Its state is kept in .hatoba there.")] = Path(),
    *,
    port: Annotated[int, typer.Option(help="The AWS endpoint's port; 0 takes free ports for all.")] = 4566,
    region: Annotated[
        str | None, typer.Option(help="The region that `hatoba env` names; every region answers.")
    ] = None,
    runtime: Annotated[str, typer.Option(help="auto, container or process.")] = "auto",
    ephemeral: Annotated[bool, typer.Option("--ephemeral", help="Keep no state on disk.")] = False,
    gateway_workers: GatewayWorkers = 1,
    enforce_security_groups: Enforce = False,
    local_command: Annotated[
        list[str] | None,
        typer.Option(help="IMAGE=COMMAND: what runs for an image without a container engine; repeat."),
    ] = None,
) -> None:
    """Run only the local cloud, for Terraform, CDK, SAM, the AWS CLI and boto3, until Ctrl-C."""
    from hatoba.cli.cloud import cloud as run
    from hatoba.cli.cloud import options

    wish = options(
        port,
        region,
        runtime,
        ephemeral=ephemeral,
        gateway_workers=gateway_workers,
        enforce_security_groups=enforce_security_groups,
    )
    run(folder, wish, local_command or [])


@app.command()
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
    from hatoba.cli.down import down as run

    del yes  # nothing but this machine's own system is at stake: down never asks
    run(file, keep=keep, force=force)


@app.command()
def plan(
    file: File = None,
    env: Environment = "local",
    *,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Save the plan, for `hatoba deploy --plan`.")
    ] = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with 3 if something would change.")
    ] = False,
    redeploy: Redeploy = True,
    as_json: Json = False,
) -> None:
    """Show what a deployment would do, and do nothing."""
    from hatoba.cli.plan import Wish
    from hatoba.cli.plan import plan as run

    raise typer.Exit(run(file, env, Wish(out, exit_code, redeploy, as_json)))


@app.command()
def deploy(
    file: File = None,
    env: Environment = "local",
    *,
    plan: Annotated[
        Path | None, typer.Option("--plan", help="Execute a saved plan, if it still holds.")
    ] = None,
    yes: Yes = False,
    redeploy: Redeploy = True,
    as_json: Json = False,
) -> None:
    """Bring the definition to an environment; here to the system that is up."""
    from hatoba.cli.deploy import Wish
    from hatoba.cli.deploy import deploy as run

    run(file, env, Wish(plan, yes, redeploy, as_json))


@app.command()
def rollback(
    file: File = None,
    env: Environment = "local",
    *,
    skip: Annotated[
        list[str] | None, typer.Option(help="Leave a resource out of a rollback that failed; repeat.")
    ] = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Go back to what stood before; cancel an update that runs; go on with a rollback that failed."""
    from hatoba.cli.rollback import rollback as run

    run(file, env, skip=skip or [], yes=yes, as_json=as_json)


@app.command()
def destroy(
    file: File = None,
    env: Environment = "local",
    *,
    retain: Annotated[
        list[str] | None, typer.Option(help="Leave a resource standing that could not be deleted; repeat.")
    ] = None,
    yes: Yes = False,
) -> None:
    """Delete everything of an environment; here the local cloud runs on."""
    from hatoba.cli.destroy import destroy as run

    run(file, env, retain=retain or [], yes=yes)


@app.command()
def drift(
    file: File = None,
    env: Environment = "local",
    *,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with 3 if something has drifted.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show what somebody changed beside the definition."""
    from hatoba.cli.drift import drift as run

    raise typer.Exit(run(file, env, exit_code=exit_code, as_json=as_json))


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Where to write it; empty, or not there yet.")] = Path(),
    *,
    source: Annotated[
        str | None, typer.Option("--from", help="An example to copy, such as examples/order_desk.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="The system's name; else it is asked for.")] = None,
    account: Annotated[str | None, typer.Option(help="The AWS account of the environment dev.")] = None,
    region: Annotated[str | None, typer.Option(help="Its region.")] = None,
) -> None:
    """Write a small working project: definition, environments, service, tests, CI file."""
    from hatoba.cli.init import Wish
    from hatoba.cli.init import init as run

    run(folder, Wish(source, name, account, region))


@app.command()
def validate(file: File = None, env: Environment = "local", *, as_json: Json = False) -> None:
    """Check the definition against AWS's rules, without any call."""
    from hatoba.cli.validate import validate as run

    run(file, env, as_json=as_json)


@app.command()
def synth(file: File = None, *, as_json: Json = False) -> None:
    """Print the CloudFormation template of the definition."""
    from hatoba.cli.synth import synth as run

    run(file, as_json=as_json)


@app.command()
def status(
    file: File = None,
    env: Environment = "local",
    *,
    follow: Annotated[
        bool, typer.Option("--follow", help="First tell what happens, until it has ended.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show the stack's state, its services and its outputs."""
    from hatoba.cli.status import status as run

    run(file, env, follow=follow, as_json=as_json)


@app.command()
def ps(
    file: File = None,
    *,
    all_tasks: Annotated[bool, typer.Option("--all", "-a", help="Stopped tasks too.")] = False,
    as_json: Json = False,
) -> None:
    """List services and tasks."""
    from hatoba.cli.ps import ps as run

    run(_folder(file), all_tasks=all_tasks, as_json=as_json)


@app.command()
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
    from hatoba.cli.logs import logs as run

    run(_folder(file), groups=groups or [], since=since, tail=tail, follow=follow, as_json=as_json)


@app.command()
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
    from hatoba.cli.requests import requests as run

    run(_folder(file), request_id, limit=tail, follow=follow, as_json=as_json)


@app.command("exec")
def execute(
    task: Annotated[str, typer.Argument(help="A task's id, or the beginning of it; `hatoba ps` lists them.")],
    command: Annotated[list[str], typer.Argument(help="The command, after --.")],
    file: File = None,
    *,
    container: Annotated[str | None, typer.Option(help="Which, where the task has several.")] = None,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds that it may take.")] = 60.0,
) -> None:
    """Run a command in a container of a running task, and end with its exit code."""
    from hatoba.cli.exec import execute as run

    raise typer.Exit(run(_folder(file), task, container, command, timeout_s=timeout))


Set = Annotated[list[str] | None, typer.Option("--set", help="NAME=VALUE for its environment; repeat.")]
Detached = Annotated[bool, typer.Option("--detach", "-d", help="Only start it, and print the tasks' ids.")]
Limit = Annotated[
    float | None, typer.Option("--timeout", min=0.1, help="Seconds that it may take; then it is stopped.")
]


@app.command()
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
    from hatoba.cli.run import run as run_task
    from hatoba.cli.starting import Wish, environment_of

    wish = Wish(command or (), environment_of(settings or ()), container, detach=detach, within_s=timeout)
    raise typer.Exit(run_task(_folder(file), what, cluster, wish))


@app.command()
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
    from hatoba.cli.job import job as run_job
    from hatoba.cli.job import jobs as list_jobs
    from hatoba.cli.starting import Wish, environment_of

    if name is None:
        list_jobs(file, env, as_json=as_json)
        return
    wish = Wish(environment=environment_of(settings or ()), detach=detach, within_s=timeout)
    raise typer.Exit(run_job(file, env, name, wish))


@app.command()
def token(
    file: File = None,
    *,
    subject: Annotated[str, typer.Option(help="The user: claim sub.")] = "local-user",
    pool: Annotated[
        str | None, typer.Option(help="The user pool's id; else the client's, or the default.")
    ] = None,
    client: Annotated[str | None, typer.Option(help="The client id; else the pool's own.")] = None,
    use: Annotated[str, typer.Option(help="id or access.")] = "id",
    scope: Annotated[list[str] | None, typer.Option(help="A scope of an access token; repeat.")] = None,
    claim: Annotated[list[str] | None, typer.Option(help="A further claim, name=value; repeat.")] = None,
    lifetime: Annotated[int, typer.Option(help="Seconds until it expires.")] = 3600,
    wrong: Annotated[
        str | None,
        typer.Option(help="Make it wrong: expired, not-yet-valid, audience, issuer, forged, alg-none."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Mint a JWT of the local issuer."""
    from hatoba.cli.token import Wish
    from hatoba.cli.token import token as run

    wish = Wish(subject, pool, client, use, tuple(scope or ()), tuple(claim or ()), lifetime, wrong)
    run(_folder(file), wish, as_json=as_json)


@app.command()
def env(file: File = None, *, as_json: Json = False) -> None:
    """Print what a shell needs for AWS's tools: eval "$(hatoba env)"."""
    from hatoba.cli.env import env as run

    run(_folder(file), as_json=as_json)


@app.command()
def dig(
    name: Annotated[str, typer.Argument(help="Such as service.namespace.")],
    record_type: Annotated[str, typer.Argument(help="A, AAAA, SRV, CNAME …")] = "A",
    file: File = None,
    *,
    as_json: Json = False,
) -> None:
    """Ask the local DNS for a name of a Cloud Map namespace."""
    from hatoba.cli.dig import dig as run

    run(_folder(file), name, record_type.upper(), as_json=as_json)


@app.command()
def doctor(
    file: File = None,
    env: Environment = "local",
    *,
    before: Annotated[
        bool, typer.Option("--before", help="Look at what is to be deployed, not at what stands.")
    ] = False,
    token: Annotated[str | None, typer.Option(help="Say also why this JWT would get 401 or 403.")] = None,
    as_json: Json = False,
) -> None:
    """Look for the reasons why a request would fail, by calls that only read."""
    from hatoba.cli.doctor import doctor as run

    run(file, env, before=before, token=token, as_json=as_json)


states = typer.Typer(help="Save, load and reset what the local cloud keeps.", no_args_is_help=True)
app.add_typer(states, name="state")
SnapshotName = Annotated[str, typer.Argument(help="The snapshot's name.")]


@states.command("save")
def state_save(name: SnapshotName, file: File = None) -> None:
    """Save everything that the local cloud keeps, also while it runs."""
    from hatoba.cli.state import save as run

    run(_folder(file), name)


@states.command("load")
def state_load(name: SnapshotName, file: File = None) -> None:
    """Put a snapshot in place of the state; a cloud that runs is stopped first."""
    from hatoba.cli.state import load as run

    run(_folder(file), name)


@states.command("list")
def state_list(file: File = None, *, as_json: Json = False) -> None:
    """List the snapshots."""
    from hatoba.cli.state import list_all as run

    run(_folder(file), as_json=as_json)


@states.command("reset")
def state_reset(file: File = None) -> None:
    """Empty the local cloud: its tasks are stopped, everything is gone, and it runs on."""
    from hatoba.cli.state import reset as run

    run(_folder(file))


Requests = Annotated[int, typer.Option(min=0, help="Requests in a month.")]
RequestKb = Annotated[float, typer.Option(min=0, help="KB of a request with its answer.")]
LogGb = Annotated[float, typer.Option(min=0, help="GB that the tasks log in a month.")]
DiscoveryCalls = Annotated[int, typer.Option(min=0, help="Calls of DiscoverInstances in a month.")]


@app.command()
def cost(
    file: File = None,
    env: Environment = "local",
    *,
    requests: Requests = 1_000_000,
    request_kb: RequestKb = 10.0,
    log_gb: LogGb = 1.0,
    discovery_calls: DiscoveryCalls = 0,
    as_json: Json = False,
) -> None:
    """Estimate what the system costs on AWS in a month."""
    from hatoba.advise.cost import Traffic
    from hatoba.cli.cost import cost as run

    run(file, env, Traffic(requests, request_kb, log_gb, discovery_calls), as_json=as_json)


@app.command()
def compare(
    file: File = None,
    env: Environment = "local",
    *,
    requests: Requests = 1_000_000,
    request_kb: RequestKb = 10.0,
    log_gb: LogGb = 1.0,
    as_json: Json = False,
) -> None:
    """Set Cloud Map, ALB and NLB, and ECS and EKS, side by side for the system."""
    from hatoba.advise.cost import Traffic
    from hatoba.cli.cost import compare as run

    run(file, env, Traffic(requests, request_kb, log_gb), as_json=as_json)


exports = typer.Typer(help="Write the definition down for another tool.", no_args_is_help=True)
app.add_typer(exports, name="export")


@exports.command("terraform")
def export_terraform(
    folder: Annotated[Path, typer.Argument(help="Where the module goes.")],
    file: File = None,
    *,
    env: Annotated[
        str | None,
        typer.Option("--env", "-e", help="Its values become the module's own; else all are files."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over files of others.")] = False,
    as_json: Json = False,
) -> None:
    """Write a Terraform module of the definition."""
    from hatoba.cli.export import terraform as run

    run(file, folder, env, force=force, as_json=as_json)


imports = typer.Typer(help="Draft a definition from what you have.", no_args_is_help=True)
app.add_typer(imports, name="import")
Out = Annotated[Path | None, typer.Option("--out", "-o", help="The file to write; else it goes to stdout.")]
Over = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]


@imports.command("terraform")
def import_terraform(
    folder: Annotated[Path, typer.Argument(help="The directory of the *.tf files.")],
    *,
    out: Out = None,
    force: Over = False,
    as_json: Json = False,
) -> None:
    """Draft a definition from a Terraform directory, and list what it could not carry."""
    from hatoba.cli.importing import terraform as run

    run(folder, out, force=force, as_json=as_json)


@imports.command("compose")
def import_compose(
    file: Annotated[Path, typer.Argument(help="The Compose file.")],
    *,
    out: Out = None,
    force: Over = False,
    as_json: Json = False,
) -> None:
    """Draft a definition from a Compose file, and list what it could not carry."""
    from hatoba.cli.importing import compose as run

    run(file, out, force=force, as_json=as_json)


@app.command()
def version() -> None:
    """Print the version."""
    from importlib.metadata import version as version_of

    print(version_of("hatoba"))  # noqa: T201 - data


def main() -> None:
    """Run the command and exit with its code. The one place where a failure becomes text."""
    gc.set_threshold(*COLLECT_AFTER)
    try:
        app()
    except Failure as failure:
        sys.exit(_explain(failure))
    except Exception as error:  # noqa: BLE001 - the command's outer edge
        sys.exit(_explain(_as_failure(error)))


def _folder(file: Path | None) -> Path:
    from hatoba.cli.project import state_folder

    return state_folder(file)


def _explain(failure: Failure) -> int:
    from hatoba.cli import output

    console = output.stderr()
    console.print(f"Error: {failure.what}", style="bold red", markup=False)
    if failure.remedy:
        console.print(f"Try:   {failure.remedy}", markup=False)
    return int(failure.code)


def _as_failure(error: Exception) -> Failure:
    """Word an error of AWS's API for a person. Anything else is a bug and keeps its traceback."""
    from botocore.exceptions import BotoCoreError, ClientError

    from hatoba.deploy.connect import remedy_of

    if isinstance(error, ClientError):
        return Failure(str(error), remedy_of(error.response["Error"].get("Code", "")))
    if isinstance(error, BotoCoreError):
        return Failure(str(error), remedy_of(type(error).__name__))
    raise error
