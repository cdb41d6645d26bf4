"""Routes: one for each method of an input is one block with ``for_each``; CloudFormation has conditions."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

from hatoba.definition.inputs import HTTP_METHODS
from hatoba.plan import http

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hatoba.plan.graph import Plan, PlanParameter
    from hatoba.plan.resources import Resource
    from hatoba.render.terraform.writer import Body, Scribe

EACH = "${each.value}"


def access_log_settings(scribe: Scribe, stage: http.Stage, settings: http.AccessLogSettings | None) -> Body:
    """Where access logs go. Terraform's ARN of a group is the one without ``:*`` behind it."""
    if settings is None:
        return {}
    block = scribe.record(settings, stage)
    return {"access_log_settings": block | {"destination_arn": block["destination_arn"].removesuffix(":*")}}


def grouped(plan: Plan) -> Iterator[tuple[Resource, tuple[Resource, ...], PlanParameter | None]]:
    """The plan's resources: each with itself alone, or the first of those that differ by the method only.

    The parameter is one of the set of methods that they are switched on by.
    """
    members = {
        parameter.name: parameter for parameter in plan.parameters if parameter.member and parameter.input
    }
    gone: set[str] = set()
    for resource in plan.resources:
        if resource.id in gone:
            continue
        parameter = members.get(plan.conditions.get(resource.condition or "", ""))
        if parameter is None or not isinstance(resource, http.Route):
            yield resource, (resource,), None
            continue
        group = tuple(_alike(resource, plan.resources, plan.conditions, members, parameter))
        gone.update(each.id for each in group)
        yield resource, group, parameter


def _alike(
    first: http.Route,
    resources: Sequence[Resource],
    conditions: Mapping[str, str],
    members: Mapping[str, PlanParameter],
    parameter: PlanParameter,
) -> Iterator[Resource]:
    for other in resources:
        if isinstance(other, http.Route) and other.condition:
            switch = members.get(conditions[other.condition])
            if (
                switch
                and switch.input == parameter.input
                and _without_method(other) == _without_method(first)
            ):
                yield other


def _without_method(route: http.Route) -> tuple[object, ...]:
    shared = [
        getattr(route, each.name)
        for each in fields(route)
        if each.name not in ("id", "condition", "route_key")
    ]
    return (route.route_key.partition(" ")[2], *shared)


def add_routes(scribe: Scribe, first: http.Route, group: tuple[Resource, ...], set_of: str) -> None:
    """Write one block for all routes of a group; ``set_of`` is the expression of the set of methods."""
    if len(group) != len(HTTP_METHODS):
        scribe.refuse(first, "its routes are not one for each HTTP method of the input")
        return
    path = first.route_key.partition(" ")[2]
    scribe.add(replace(first, route_key=path, condition=None))
    body = scribe.blocks["aws_apigatewayv2_route"][scribe.labels[first.id]]
    note = f"One route for each method of {set_of} ({first.type_name})"
    rest = body | {"//": note, "route_key": f"{EACH} {body['route_key']}"}
    body.clear()
    body |= {"//": note, "for_each": f"${{{set_of}}}"} | rest
