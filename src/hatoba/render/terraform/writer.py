"""Values of a plan in Terraform's JSON: plain texts escaped, terms as templates, records by the tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from hatoba.plan.resources import Raw
from hatoba.plan.terms import Joined, Parameter, PseudoParameter, Reference, references
from hatoba.render.cloudformation import property_name
from hatoba.render.terraform.errors import Refusal

if TYPE_CHECKING:
    from hatoba.plan.resources import Resource
    from hatoba.plan.terms import Words

Body: TypeAlias = dict[str, Any]
NOT_PROPERTIES = ("id", "depends_on", "condition", "tags")

PSEUDO = {
    "Region": ("aws_region", "name"),
    "Partition": ("aws_partition", "partition"),
    "URLSuffix": ("aws_partition", "dns_suffix"),
    "AccountId": ("aws_caller_identity", "account_id"),
}
"""What CloudFormation's pseudo parameters are asked of: data source and attribute."""


@dataclass(frozen=True)
class Kind:
    """One of CloudFormation's types in Terraform.

    ``fields`` names what is carried as it is; ``special`` what needs more: a function of the scribe, the
    resource and the field's value, which may be None, that returns arguments and may add blocks of its own.
    ``attributes`` maps CloudFormation's attributes (None: the Ref) to Terraform's; what follows a space is
    text behind it. ``fixed`` is said to Terraform because CloudFormation does it unasked.
    """

    type: str
    ending: str
    fields: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str | None, str] = field(default_factory=dict)
    special: Mapping[str, Special] = field(default_factory=dict)
    fixed: Mapping[str, object] = field(default_factory=dict)


Special: TypeAlias = "Callable[[Scribe, Any, Any], Body]"
Shape: TypeAlias = "Mapping[str, str] | Callable[[Scribe, Any, Resource | str], Body]"
"""How a nested record is written: its fields' names in Terraform, or a function."""


def same(*names: str, **others: str) -> dict[str, str]:
    """Fields that Terraform calls the same, and those that it calls otherwise."""
    return {name: name for name in names} | others


def nothing(scribe: Scribe, resource: Any, value: object) -> Body:
    """What another argument has said already."""
    del scribe, resource, value
    return {}


@dataclass
class Scribe:
    """What is written of one plan so far, and how its terms are spelled."""

    kinds: Mapping[type[Resource], Kind]
    shapes: Mapping[type[Any], Shape]
    resources: Mapping[str, Resource]
    labels: Mapping[str, str]
    variables: Mapping[str, str]
    default_tags: Mapping[str, str]
    system: str = ""
    outputs: tuple[Words, ...] = ()
    blocks: dict[str, dict[str, Body]] = field(default_factory=dict)
    locals: Body = field(default_factory=dict)
    data: dict[str, dict[str, Body]] = field(default_factory=dict)
    parts: dict[str, list[str]] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)

    def add(self, resource: Resource) -> None:
        """Write a resource and all that Terraform wants beside it."""
        kind = self.kinds.get(type(resource))
        if kind is None:
            self.refuse(resource, "Terraform's export does not know this type")
            return
        if resource.condition:
            self.refuse(resource, f"its condition {resource.condition} is not carried")
        body: Body = {"//": f"{resource.id} ({resource.type_name})"}
        self.blocks.setdefault(kind.type, {})[self.labels[resource.id]] = body
        body |= self._arguments(resource, kind)
        body |= {**kind.fixed, **self._tags(resource)}

    def block(self, part_of: Resource, kind: str, label: str, body: Body) -> str:
        """Write what CloudFormation has inside a resource as a block of its own; return its address."""
        self.blocks.setdefault(kind, {})[label] = body
        self.parts.setdefault(part_of.id, []).append(f"{kind}.{label}")
        return f"{kind}.{label}"

    def refuse(self, of: Resource | str, what: str) -> None:
        """Remember something that is not carried, of a resource or of what the text says."""
        place = of if isinstance(of, str) else f"{of.id} ({of.type_name})"
        self.refusals.append(Refusal(place, what))

    def finish(self) -> None:
        """Say what must stand first: what the plan says, and the parts of what a resource refers to.

        A role without its policies is not what CloudFormation would have made before the task that uses it.
        """
        for resource in self.resources.values():
            kind = self.kinds.get(type(resource))
            body = self.blocks.get(kind.type, {}).get(self.labels[resource.id]) if kind else None
            if body is None:
                continue
            referred = dict.fromkeys(each.id for each in references(resource))
            parts = [part for each in referred for part in self.parts.get(each, ())]
            first = [*(self.address(each) for each in resource.depends_on), *parts]
            if first:
                body["depends_on"] = first

    def address(self, logical_id: str) -> str:
        """Terraform's address of a resource, such as ``aws_ecs_cluster.ecs``."""
        kind = self.kinds.get(type(self.resources[logical_id]))
        return f"{kind.type}.{self.labels[logical_id]}" if kind else logical_id

    def _arguments(self, resource: Resource, kind: Kind) -> Body:
        written: Body = {}
        for each in fields(resource):
            value = getattr(resource, each.name)
            if each.name in NOT_PROPERTIES:
                continue
            if each.name in kind.special:
                written |= kind.special[each.name](self, resource, value)
            elif value is not None and each.name in kind.fields:
                written[kind.fields[each.name]] = self.value(value, resource)
            elif value is not None:
                self.refuse(resource, f"the property {property_name(each.name)} is not carried")
        return written

    def _tags(self, resource: Resource) -> Body:
        tags: Mapping[str, str] = getattr(resource, "tags", {})
        own = {key: value for key, value in tags.items() if self.default_tags.get(key) != value}
        return {"tags": self.value(own, resource)} if own else {}

    def value(self, value: object, of: Resource | str) -> Any:
        """A value in Terraform's JSON; records go by the table of shapes."""
        if isinstance(value, str):
            return escaped(value)
        if isinstance(value, (Reference, Parameter, PseudoParameter, Joined)):
            return "".join(self._parts(value, of))
        if isinstance(value, Mapping):
            return {escaped(key): self.value(member, of) for key, member in value.items()}
        if isinstance(value, (tuple, list)):
            return [self.value(member, of) for member in value]
        return self.record(value, of) if is_dataclass(value) else value

    def record(self, record: Any, of: Resource | str) -> Body:
        """A nested record as a block."""
        shape = self.shapes.get(type(record), {})
        if callable(shape):
            return shape(self, record, of)
        written: Body = {}
        for each in fields(record):
            value = getattr(record, each.name)
            if value is not None and each.name in shape:
                written[shape[each.name]] = self.value(value, of)
            elif value is not None:
                where = f"{type(record).__name__}.{property_name(each.name)}"
                self.refuse(of, f"the property {where} is not carried")
        return written

    def camel(self, value: object, of: Resource | str) -> Any:
        """A value with records in the API's own spelling, as ``jsonencode`` gives them to AWS."""
        if isinstance(value, (tuple, list)):
            return [self.camel(member, of) for member in value]
        if is_dataclass(value) and not isinstance(
            value, (type, Reference, Parameter, PseudoParameter, Joined)
        ):
            return {
                _lower_first(property_name(each.name)): self.camel(member, of)
                for each in fields(value)
                for member in (getattr(value, each.name),)
                if member is not None
            }
        return self.value(value, of)

    def _parts(self, value: object, of: Resource | str) -> Iterator[str]:
        match value:
            case Joined(parts=parts):
                for part in parts:
                    yield from self._parts(part, of)
            case Reference(id=logical_id, attribute=attribute):
                yield self._reference(logical_id, attribute, of)
            case Parameter(name=name):
                yield f"${{{self.variables.get(name, f'var.{name}')}}}"
            case PseudoParameter(name=name):
                yield self._pseudo(name, of)
            case _:
                yield escaped(str(value))

    def _reference(self, logical_id: str, attribute: str | None, of: Resource | str) -> str:
        target = self.resources[logical_id]
        if isinstance(target, Raw):
            return f'${{{self.address(logical_id)}.outputs["{output_of(attribute)}"]}}'
        kind = self.kinds.get(type(target))
        if kind is None:
            return ""  # refused already, as a type
        if attribute not in kind.attributes:
            self.refuse(of, f"{logical_id}'s {attribute or 'Ref'} is not known to Terraform's export")
            return ""
        name, _, behind = kind.attributes[attribute].partition(" ")
        return f"${{{self.address(logical_id)}.{name}}}{behind}"

    def _pseudo(self, name: str, of: Resource | str) -> str:
        if name not in PSEUDO:
            self.refuse(of, f"AWS::{name} has no counterpart in Terraform")
            return ""
        source, attribute = PSEUDO[name]
        self.data.setdefault(source, {})["current"] = {}
        return f"${{data.{source}.current.{attribute}}}"


def output_of(attribute: str | None) -> str:
    """The output of a raw resource's stack that holds an attribute of it; its Ref has none."""
    return "".join(word for word in (attribute or "Ref").split("."))


def _lower_first(name: str) -> str:
    return name[0].lower() + name[1:]


def escaped(text: str) -> str:
    """Text that Terraform reads as it stands: no template starts in it."""
    return text.replace("${", "$${").replace("%{", "%%{")
