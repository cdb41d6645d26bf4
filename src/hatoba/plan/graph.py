"""The plan: parameters, conditions, resources and outputs, and the order that its references give."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from hatoba.plan.terms import Reference, Words, references

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from hatoba.plan.resources import CapacityProviderStrategyItem, NetworkConfiguration, Resource


@dataclass(frozen=True, slots=True)
class PlanParameter:
    """A parameter. ``input`` is the input it stands for, ``member`` the set's member it switches on."""

    name: str
    type: str
    default: str | None = None
    description: str = ""
    allowed_values: tuple[str, ...] = ()
    allowed_pattern: str | None = None
    min_value: int | None = None
    max_value: int | None = None
    input: str | None = None
    member: str | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """What is shown after a deployment. ``name`` is the user's, ``id`` the template's."""

    id: str
    name: str
    value: Words


@dataclass(frozen=True)
class PlannedJob:
    """Tasks that run once, when somebody says so. It is no resource, but RunTask's arguments."""

    name: str
    cluster: Reference
    task_definition: Reference
    count: int
    network_configuration: NetworkConfiguration
    capacity_provider_strategy: tuple[CapacityProviderStrategyItem, ...] | None = None


def in_order(resources: Iterable[Resource]) -> tuple[Resource, ...]:
    """The resources in an order of creation that is otherwise the one given."""
    by_id = {resource.id: resource for resource in resources}
    ordered: dict[str, Resource] = {}

    def take(resource: Resource, below: frozenset[str]) -> None:
        if resource.id in ordered or resource.id in below:
            return
        needed = [reference.id for reference in references(resource)]
        for other in (*needed, *resource.depends_on):
            if other in by_id:
                take(by_id[other], below | {resource.id})
        ordered[resource.id] = resource

    for resource in by_id.values():
        take(resource, frozenset())
    return tuple(ordered.values())


@dataclass(frozen=True)
class Plan:
    """What a system means on AWS, whatever environment it goes to. ``conditions`` map name to parameter."""

    system: str
    description: str
    parameters: tuple[PlanParameter, ...]
    conditions: Mapping[str, str]
    resources: tuple[Resource, ...]
    outputs: tuple[Output, ...]
    tags: Mapping[str, str]
    jobs: tuple[PlannedJob, ...] = ()

    @cached_property
    def by_id(self) -> Mapping[str, Resource]:
        """Every resource by its logical id."""
        return {resource.id: resource for resource in self.resources}

    def edges(self) -> Iterator[tuple[str, str]]:
        """Pairs of a resource and one that must stand before it, by reference or by name."""
        for resource in self.resources:
            needed = dict.fromkeys(reference.id for reference in references(resource))
            for other in (*needed, *resource.depends_on):
                yield resource.id, other

    def creation_order(self) -> tuple[str, ...]:
        """Logical ids, each after all that it needs; a cycle raises ``graphlib.CycleError``."""
        needs: dict[str, set[str]] = {resource.id: set() for resource in self.resources}
        for resource, needed in self.edges():
            needs[resource].add(needed)
        return tuple(TopologicalSorter(needs).static_order())

    def deletion_order(self) -> tuple[str, ...]:
        """The same the other way round: nothing is deleted while something still needs it."""
        return self.creation_order()[::-1]
