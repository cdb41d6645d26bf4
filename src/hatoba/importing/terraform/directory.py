"""A read directory: variables, locals and resources by name, and what their expressions mean here."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from hatoba.importing.draft import identifier
from hatoba.importing.source import Code, Given, Inputs, Joined
from hatoba.importing.terraform.read import Expression, Template, arguments, choice, expression
from hatoba.importing.terraform.variables import inputs_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hatoba.importing.draft import Draft
    from hatoba.importing.terraform.read import Block, Value

_PATH = re.compile(r"(var|local)\.([\w-]+)((?:\.[\w-]+)*)")
_REFERENCE = re.compile(r"(data\.)?(aws_[a-z0-9_]+)\.([\w-]+)(?:\[[^\]]*\])?\.([\w.]+)")
_CALL = re.compile(r"(jsonencode|toset|tolist|tostring)\((.*)\)", re.DOTALL)
_CONCAT = re.compile(r"concat\((.*)\)", re.DOTALL)
_PSEUDO = {
    ("aws_region", "name"): "REGION",
    ("aws_region", "region"): "REGION",
    ("aws_region", "id"): "REGION",
    ("aws_partition", "partition"): "PARTITION",
    ("aws_caller_identity", "account_id"): "ACCOUNT",
}


class Unknown(Exception):
    """An expression that a definition has no words for."""


@dataclass(frozen=True, slots=True)
class Ref:
    """An attribute of another resource."""

    type: str
    label: str
    attribute: str


@dataclass
class Resource:
    """A resource whose arguments are taken one by one; what nobody took is told."""

    type: str
    label: str
    rest: dict[str, Any]
    file: str

    @property
    def address(self) -> str:
        """Terraform's address."""
        return f"{self.type}.{self.label}" if self.label else self.type

    def take(self, name: str) -> Value:
        """An argument, as read; None where it is not given."""
        value: Value = self.rest.pop(name, None)
        return value

    def block(self, name: str) -> Resource | None:
        """A nested block, if there is one; the first of several."""
        blocks = self.blocks(name)
        return blocks[0] if blocks else None

    def blocks(self, name: str) -> list[Resource]:
        """Nested blocks; an argument that is a list of objects reads the same."""
        found = self.rest.pop(name, None)
        members = found if isinstance(found, list) else [found]
        return [
            Resource(f"{self.address}: {name}", "", dict(each), self.file)
            for each in members
            if isinstance(each, dict)
        ]


SILENT = frozenset({"depends_on", "provider", "tags_all", "id", "region"})
"""Arguments without a counterpart that say nothing about the system itself."""


@dataclass
class Directory:
    """What was read, and the draft that it becomes."""

    draft: Draft
    variables: dict[str, Block] = field(default_factory=dict)
    locals: dict[str, Any] = field(default_factory=dict)
    resources: dict[str, dict[str, Resource]] = field(default_factory=dict)
    data: dict[str, dict[str, Resource]] = field(default_factory=dict)
    outputs: dict[str, Block] = field(default_factory=dict)
    tags: dict[str, Any] = field(default_factory=dict)
    made: dict[tuple[str, str], Code] = field(default_factory=dict)
    attributes: dict[tuple[str, str, str], Any] = field(default_factory=dict)
    registered: dict[str, Code] = field(default_factory=dict)
    place: str = ""

    def take_in(self, blocks: list[Block]) -> None:
        """Sort blocks by what they are; blocks of other kinds are told."""
        for block in blocks:
            self._sort(block)
        for name, block in self.variables.items():
            inputs_of(name, block.body, self.draft)

    def _sort(self, block: Block) -> None:
        match block.type:
            case "variable":
                self.variables[block.labels[0]] = block
            case "output":
                self.outputs[block.labels[0]] = block
            case "locals":
                self.locals |= block.body
            case "resource" | "data":
                kind, label = block.labels
                there = self.resources if block.type == "resource" else self.data
                there.setdefault(kind, {})[label] = Resource(kind, label, dict(block.body), block.file)
            case "provider" if block.labels[0] == "aws":
                self._provider(block)
            case "terraform":
                pass
            case _:
                name = " ".join((block.type, *block.labels))
                self.draft.leave(name, "hatoba has nothing of this kind")

    def _provider(self, block: Block) -> None:
        tags = block.body.get("default_tags")
        inner = tags[0] if isinstance(tags, list) and tags else tags
        if isinstance(inner, dict) and isinstance(inner.get("tags"), dict):
            self.tags |= inner["tags"]

    def all_of(self, *types: str) -> Iterator[Resource]:
        """Resources of these types that are one each; those with ``count`` or ``for_each`` are told."""
        for kind in types:
            for found in self.resources.pop(kind, {}).values():
                if "count" in found.rest or ("for_each" in found.rest and kind != "aws_apigatewayv2_route"):
                    self.draft.leave(found.address, "count and for_each are not carried")
                else:
                    yield found

    def done(self, resource: Resource) -> None:
        """Tell what nobody took of a resource."""
        place = resource.address
        for name in resource.rest:
            if name not in SILENT:
                self.draft.leave(f"{place}: {name}", "no construct has it")

    def make(self, resource: Resource, variable: Code, **attributes: Any) -> None:
        """Remember what a resource became, and what its attributes are in the definition."""
        self.made[(resource.type, resource.label)] = variable
        for name, value in attributes.items():
            self.attributes[(resource.type, resource.label, name)] = value

    def known(self, resource: Resource, name: str, use: str = "") -> Any:
        """An argument in the definition's words; None where it is not given or cannot be carried."""
        value = resource.take(name)
        self.place = f"{resource.address}: {name}"
        try:
            return self.resolve(value, use)
        except Unknown as error:
            self.draft.leave(f"{resource.address}: {name}", str(error))
            return None

    def construct(self, resource: Resource, name: str, *types: str) -> Code | None:
        """The construct that an argument refers to."""
        value = resource.take(name)
        found = self.referred(value)
        if found is not None and found.type in types:
            return self.made.get((found.type, found.label))
        if value is not None:
            self.draft.leave(f"{resource.address}: {name}", f"it refers to nothing drafted: {_shown(value)}")
        return None

    def referred(self, value: Value) -> Ref | None:
        """The resource that a value refers to, through locals."""
        if isinstance(value, Template) and any(isinstance(part, Expression) for part in value.parts):
            value = next(part for part in value.parts if isinstance(part, Expression))
        if not isinstance(value, Expression):
            return None
        path = _PATH.fullmatch(value.text)
        if path and path[1] == "local":
            return self.referred(self.locals.get(path[2]))
        found = _REFERENCE.fullmatch(value.text)
        return Ref(found[2], found[3], found[4]) if found and not found[1] else None

    def resolve(self, value: Value, use: str = "") -> Any:
        """A value in the definition's words. ``use`` says what a variable is used as.

        Raises:
            Unknown: It has none.
        """
        if isinstance(value, Expression):
            return self._expression(value.text, use)
        if isinstance(value, Template):
            parts = tuple(self.resolve(part, use) for part in value.parts)
            return _joined(parts)
        if isinstance(value, list):
            return [self.resolve(each, use) for each in value]
        if isinstance(value, dict):
            return self._members(value, use)
        return value

    def _members(self, value: dict[str, Any], use: str) -> dict[str, Any]:
        """What is known of an object; a member that is not known is told and left out."""
        known = {}
        for key, each in value.items():
            try:
                known[key] = self.resolve(each, use)
            except Unknown as error:
                self.draft.leave(f"{self.place}: {key}", str(error))
        return known

    def _expression(self, text: str, use: str) -> Any:
        if path := _PATH.fullmatch(text):
            names = (path[2], *path[3].split(".")[1:])
            return self._given(names, use) if path[1] == "var" else self._local(names, use)
        if call := _CALL.fullmatch(text):
            return self.resolve(expression(call[2]), use)
        if call := _CONCAT.fullmatch(text):
            return self._concat(call[1], use)
        if branches := choice(text):
            return self._choice(branches, text, use)
        if found := _REFERENCE.fullmatch(text):
            return self._reference(found, text)
        again = expression(text)
        if isinstance(again, Expression):
            raise Unknown(f"hatoba has no words for {text}")
        return self.resolve(again, use)

    def _concat(self, text: str, use: str) -> Any:
        lists = [self.resolve(expression(each), use) for each in arguments(text)]
        held = [each for each in lists if each != []]
        if all(isinstance(each, list) for each in held):
            return [member for each in held for member in each]
        if len(held) == 1:
            return held[0]
        raise Unknown(f"hatoba has no words for concat({text})")

    def _choice(self, branches: tuple[str, str, str], text: str, use: str) -> Any:
        condition = self.resolve(expression(branches[0]))
        if not isinstance(condition, bool):
            raise Unknown(f"hatoba has no words for {text}")
        return self.resolve(expression(branches[1 if condition else 2]), use)

    def _local(self, names: tuple[str, ...], use: str) -> Any:
        value: Any = self.locals.get(names[0])
        for name in names[1:]:
            value = value.get(name) if isinstance(value, dict) else None
        if value is None:
            raise Unknown(f"local.{'.'.join(names)} is not known")
        return self.resolve(value, use)

    def _given(self, names: tuple[str, ...], use: str) -> Any:
        path = tuple(identifier(name) for name in names)
        inner: Inputs | Given | None = self.draft.inputs
        for name in path:
            inner = inner.members.get(name) if isinstance(inner, Inputs) else None
        if inner is None and names[0] in self.variables and len(names) == 1:
            default = self.variables[names[0]].body.get("default")
            if default is not None:
                return self.resolve(default, use)
        if not isinstance(inner, Given):
            raise Unknown(f"var.{'.'.join(names)} has a type that no input has")
        if use and inner.kind != use:
            self.draft.inputs.put(path, replace(_used_as(inner, use)))
        return Code("given." + ".".join(path))

    def _reference(self, found: re.Match[str], text: str) -> Any:
        is_data, kind, label, attribute = found.groups()
        if is_data and (kind, attribute) in _PSEUDO:
            return Code(_PSEUDO[(kind, attribute)])
        if is_data and kind == "aws_iam_policy_document":
            return self._document(label)
        if is_data:
            raise Unknown(f"{text} is looked up; make it an input")
        known = self.attributes.get((kind, label, attribute))
        if known is None:
            raise Unknown(f"{text} is not known in the draft")
        return known

    def _document(self, label: str) -> Any:
        source = self.data.get("aws_iam_policy_document", {}).get(label)
        if source is None:
            raise Unknown(f"data.aws_iam_policy_document.{label} is not known")
        held = Resource(source.type, source.label, dict(source.rest), source.file)
        return {"Statement": [self._statement(each) for each in held.blocks("statement")]}

    def _statement(self, given: Resource) -> dict[str, Any]:
        # The data source's names of a statement's members, in the words of a policy document.
        principals = given.block("principals")
        statement = {
            "Effect": self.resolve(given.take("effect")) or "Allow",
            "Action": self.resolve(given.take("actions")),
            "Resource": self.resolve(given.take("resources")),
        }
        given.take("sid")
        if principals is not None:
            statement["Principal"] = {"Service": self.resolve(principals.take("identifiers"))}
        return statement | dict.fromkeys(given.rest, True)


_PLACES = {
    "user_pool_endpoint": None,
    "vpc": None,
    "security_group": None,
    "subnets": None,
    "user_pool_clients": None,
}


def _used_as(given: Given, use: str) -> Given:
    """An input of the kind that its use says: what it names is filled in locally from what stands there."""
    if use == "origins":
        return given if given.default else replace(given, local=["http://localhost:3000"])
    if use == "http_methods":
        default = frozenset(given.default) if isinstance(given.default, list) else None
        return replace(given, kind=use, default=default, local=None if default else frozenset({"GET"}))
    return replace(given, kind=use, local=None) if use in _PLACES else given


def _joined(parts: tuple[Any, ...]) -> Any:
    if all(isinstance(part, (str, int)) for part in parts):
        return "".join(str(part) for part in parts)
    flat: list[Any] = []
    for part in parts:
        for piece in part.parts if isinstance(part, Joined) else (part,):
            if isinstance(piece, str) and flat and isinstance(flat[-1], str):
                flat[-1] += piece
            else:
                flat.append(piece)
    return Joined(tuple(flat))


def _shown(value: Value) -> str:
    if isinstance(value, Expression):
        return value.text
    if isinstance(value, Template):
        return "".join(f"${{{part.text}}}" if isinstance(part, Expression) else part for part in value.parts)
    return repr(value)
