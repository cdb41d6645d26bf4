"""The verbs of the definition alone: begin, check, price, write down for other tools, draft from theirs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hatoba.cli.words import Environment, File, Json

verbs = typer.Typer()


@verbs.command()
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
    from hatoba.cli.definition.init import Wish
    from hatoba.cli.definition.init import init as run

    run(folder, Wish(source, name, account, region))


@verbs.command()
def validate(file: File = None, env: Environment = "local", *, as_json: Json = False) -> None:
    """Check the definition against AWS's rules, without any call."""
    from hatoba.cli.definition.validate import validate as run

    run(file, env, as_json=as_json)


@verbs.command()
def synth(file: File = None, *, as_json: Json = False) -> None:
    """Print the CloudFormation template of the definition."""
    from hatoba.cli.definition.synth import synth as run

    run(file, as_json=as_json)


Requests = Annotated[int, typer.Option(min=0, help="Requests in a month.")]
RequestKb = Annotated[float, typer.Option(min=0, help="KB of a request with its answer.")]
LogGb = Annotated[float, typer.Option(min=0, help="GB that the tasks log in a month.")]
DiscoveryCalls = Annotated[int, typer.Option(min=0, help="Calls of DiscoverInstances in a month.")]


@verbs.command()
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
    from hatoba.cli.definition.cost import cost as run

    run(file, env, Traffic(requests, request_kb, log_gb, discovery_calls), as_json=as_json)


@verbs.command()
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
    from hatoba.cli.definition.cost import compare as run

    run(file, env, Traffic(requests, request_kb, log_gb), as_json=as_json)


exports = typer.Typer(help="Write the definition down for another tool.", no_args_is_help=True)
verbs.add_typer(exports, name="export")


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
    from hatoba.cli.definition.export import terraform as run

    run(file, folder, env, force=force, as_json=as_json)


imports = typer.Typer(help="Draft a definition from what you have.", no_args_is_help=True)
verbs.add_typer(imports, name="import")
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
    from hatoba.cli.definition.importing import terraform as run

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
    from hatoba.cli.definition.importing import compose as run

    run(file, out, force=force, as_json=as_json)
