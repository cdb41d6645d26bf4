"""``hatoba export terraform``: the definition as a Terraform module in a folder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hatoba.cli import output
from hatoba.cli.exits import Exit, Failure
from hatoba.cli.project import explained, load_project

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from hatoba.definition.environments import Environment
    from hatoba.definition.project import Project
    from hatoba.plan.graph import Plan

ONE = "environment.auto.tfvars.json"
MANY = "environments"
MARK = "hatoba export terraform"


def terraform(
    file: Path | None, folder: Path, environment: str | None, *, force: bool, as_json: bool
) -> None:
    """Write the module; with an environment also its values, so that Terraform takes them by itself.

    Raises:
        Failure: The definition has faults or cannot be carried, or files that are not ours are in the way.
    """
    from hatoba.plan import plan
    from hatoba.render.terraform import Uncarried, module

    project = load_project(file)
    with explained():
        shown = project.environment(environment or "local")
        project.validate(shown)
        planned = plan(project.system)
        values = dict(_values(project, planned, shown, all_of_them=environment is None))
    try:
        files = dict(module(planned)) | values
    except Uncarried as error:
        raise _refused(error.refusals) from error
    _write(folder, files, force=force)
    _tell(folder, list(files), environment, as_json=as_json)


def _refused(refusals: tuple[object, ...]) -> Failure:
    listed = "\n".join(f"  {line}" for refusal in refusals for line in str(refusal).splitlines())
    return Failure(f"Terraform cannot carry all of this definition.\n{listed}", code=Exit.REFUSED)


def _values(
    project: Project, planned: Plan, shown: Environment, *, all_of_them: bool
) -> Iterator[tuple[str, str]]:
    if not all_of_them:
        yield ONE, _tfvars(project, planned, shown)
        return
    for name in project.environment_names():
        yield f"{MANY}/{name}.tfvars.json", _tfvars(project, planned, project.environment(name))


def _tfvars(project: Project, planned: Plan, environment: Environment) -> str:
    from hatoba.render.terraform import variable_values

    given = {
        each.name: value
        for each in project.system.inputs
        for value in (environment.value_of(each),)
        if value is not None and (each.name in environment.values or value != each.default)
    }
    values = variable_values(
        planned.parameters, given, region=environment.region, account=environment.account
    )
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def _write(folder: Path, files: Mapping[str, str], *, force: bool) -> None:
    in_the_way = [
        name
        for name in files
        if name.endswith((".tf.json", ".md"))
        and (folder / name).is_file()
        and MARK not in (folder / name).read_text(encoding="utf-8", errors="replace")
    ]
    if in_the_way and not force:
        raise Failure(
            f"{folder} has files that hatoba did not write: {', '.join(in_the_way)}",
            "Give another folder, or --force to write over them.",
            Exit.REFUSED,
        )
    try:
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise Failure(
            f"{folder} cannot be written: {error}", "Give a folder that you may write to."
        ) from error


def _tell(folder: Path, files: list[str], environment: str | None, *, as_json: bool) -> None:
    if as_json:
        output.print_json({"folder": str(folder), "files": files})
        return
    output.say(f"{folder}: {', '.join(files)}")
    values = "" if environment else f" -var-file={MANY}/ENVIRONMENT.tfvars.json"
    output.hint(f"terraform -chdir={folder} init && terraform -chdir={folder} apply{values}")
