"""The verbs that work here as on AWS: plan, deploy, go back, see what stands and what is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hatoba.cli.words import Environment, File, Json, Redeploy, Yes

verbs = typer.Typer()


@verbs.command()
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
    from hatoba.cli.deployed.plan import Wish
    from hatoba.cli.deployed.plan import plan as run

    raise typer.Exit(run(file, env, Wish(out, exit_code, redeploy, as_json)))


@verbs.command()
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
    from hatoba.cli.deployed.deploy import Wish
    from hatoba.cli.deployed.deploy import deploy as run

    run(file, env, Wish(plan, yes, redeploy, as_json))


@verbs.command()
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
    from hatoba.cli.deployed.rollback import rollback as run

    run(file, env, skip=skip or [], yes=yes, as_json=as_json)


@verbs.command()
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
    from hatoba.cli.deployed.destroy import destroy as run

    run(file, env, retain=retain or [], yes=yes)


@verbs.command()
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
    from hatoba.cli.deployed.drift import drift as run

    raise typer.Exit(run(file, env, exit_code=exit_code, as_json=as_json))


@verbs.command()
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
    from hatoba.cli.deployed.status import status as run

    run(file, env, follow=follow, as_json=as_json)


@verbs.command()
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
    from hatoba.cli.deployed.doctor import doctor as run

    run(file, env, before=before, token=token, as_json=as_json)
