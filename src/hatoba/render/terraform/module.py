"""The files of a module: one JSON document each, from what is given to what is made."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hatoba.plan import http
from hatoba.render.terraform.errors import Refusal, Uncarried
from hatoba.render.terraform.kinds import KINDS, SHAPES
from hatoba.render.terraform.names import is_identifier, labels
from hatoba.render.terraform.readme import readme
from hatoba.render.terraform.routes import add_routes, grouped
from hatoba.render.terraform.variables import ACCOUNTS, LOOKUP, REGION, Variables
from hatoba.render.terraform.writer import Body, Scribe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hatoba.plan.graph import Plan, PlannedJob
    from hatoba.plan.resources import Resource

MARK = "Written by `hatoba export terraform`: change the definition and export again"
TERRAFORM = ">= 1.5.0"
JOBS = "jobs"
PROVIDER = {"source": "hashicorp/aws", "version": ">= 5.100.0, < 6.0.0"}


def module(plan: Plan) -> Mapping[str, str]:
    """The module of a plan, as file name → text; the same plan gives the same text.

    Raises:
        Uncarried: Something of the plan has no counterpart in Terraform; all of it is named.
    """
    variables = Variables.of(plan.parameters)
    scribe = _scribe(plan, variables)
    for first, group, parameter in grouped(plan):
        if parameter is None:
            scribe.add(first)
        else:
            assert isinstance(first, http.Route)
            add_routes(scribe, first, group, variables.expressions[parameter.name])
    scribe.finish()
    outputs = _outputs(plan, scribe)
    refusals = [*variables.refusals, *scribe.refusals]
    if refusals:
        raise Uncarried(refusals)
    documents: dict[str, Body] = {
        "versions.tf.json": {
            "terraform": {"required_version": TERRAFORM, "required_providers": {"aws": PROVIDER}}
        },
        "providers.tf.json": {"provider": {"aws": _provider(plan, scribe)}},
        "variables.tf.json": {"variable": variables.blocks()},
        "main.tf.json": {
            "data": _data(scribe, variables),
            "locals": scribe.locals,
            "resource": scribe.blocks,
        },
        "outputs.tf.json": {"output": outputs},
    }
    files = {name: _text(body) for name, body in documents.items()}
    return files | {"README.md": readme(plan, variables.tree, list(outputs), MARK)}


def _data(scribe: Scribe, variables: Variables) -> Body:
    return scribe.data | ({LOOKUP: variables.lookups} if variables.lookups else {})


def _scribe(plan: Plan, variables: Variables) -> Scribe:
    def ids() -> Iterator[tuple[str, str, str, str]]:
        for first, group, parameter in grouped(plan):
            kind = KINDS.get(type(first))
            if kind is None:
                continue
            for each in group:
                yield each.id, _wanted(each, is_one_of_many=parameter is not None), kind.type, kind.ending

    return Scribe(
        kinds=KINDS,
        shapes=SHAPES,
        resources=plan.by_id,
        labels=labels(ids()),
        variables=variables.expressions,
        default_tags=plan.tags,
        system=plan.system,
        outputs=tuple(output.value for output in plan.outputs),
    )


def _wanted(resource: Resource, *, is_one_of_many: bool) -> str:
    # A block for all methods has the name of none.
    if not is_one_of_many:
        return resource.id
    assert isinstance(resource, http.Route)
    method = resource.route_key.partition(" ")[0].capitalize()
    before, _, behind = resource.id.rpartition(method)
    return before + behind


def _provider(plan: Plan, scribe: Scribe) -> Body:
    body: Body = {"region": f"${{var.{REGION}}}", "allowed_account_ids": f"${{var.{ACCOUNTS}}}"}
    if plan.tags:
        body["default_tags"] = {"tags": scribe.value(plan.tags, "tags")}
    return body


def _outputs(plan: Plan, scribe: Scribe) -> dict[str, Body]:
    written: dict[str, Body] = {}
    for output in plan.outputs:
        if not is_identifier(output.name):
            remedy = "Give it a name of letters, digits and underscores."
            scribe.refusals.append(
                Refusal(f"output {output.name}", "Terraform takes no such name of an output", remedy)
            )
            continue
        written[output.name] = {
            "description": f"Output {output.name} of {plan.system}",
            "value": scribe.value(output.value, f"output {output.name}"),
        }
    if plan.jobs:
        if JOBS in written:
            remedy = "Give it another name: the jobs' arguments for RunTask are in this one."
            scribe.refusals.append(Refusal(f"output {JOBS}", "the module has an output of this name", remedy))
        written[JOBS] = {
            "description": "Arguments for RunTask by job: aws ecs run-task --cli-input-json",
            "value": {job.name: _run_task(scribe, job) for job in plan.jobs},
        }
    return written


def _run_task(scribe: Scribe, job: PlannedJob) -> Body:
    arguments: Body = scribe.camel(job, f"job {job.name}")
    del arguments["name"]
    return arguments if job.capacity_provider_strategy else arguments | {"launchType": "FARGATE"}


def _text(body: Body) -> str:
    written = {"//": MARK} | {name: part for name, part in body.items() if part}
    return json.dumps(written, indent=2, ensure_ascii=False) + "\n"
