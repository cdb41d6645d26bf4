"""Inputs as variables: the user's names and groups, Terraform's types, defaults and validation.

``ecs_task.memory`` is a member of the object variable ``ecs_task``; members with a default are optional, so
an environment may give one of them alone, as in environments.toml.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from hatoba.definition.inputs import HTTP_METHODS
from hatoba.render.terraform.errors import Refusal
from hatoba.render.terraform.names import RESERVED, is_identifier, snake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from hatoba.plan.graph import PlanParameter
    from hatoba.render.terraform.writer import Body

REGION, ACCOUNTS = "aws_region", "allowed_account_ids"


@dataclass(frozen=True)
class Type:
    """A variable's type, the condition that a value ``{}`` keeps, and what it should be in words."""

    name: str
    condition: str
    should_be: str
    read: Callable[[str], Any]


def _matching(prefix: str) -> str:
    return f'can(regex("^{prefix}-[0-9a-f]{{8,17}}$", {{}}))'


def _each(condition: str) -> str:
    return f"length({{}}) > 0 && alltrue([for each in {{}} : {condition.replace('{}', 'each')}])"


def _texts(text: str) -> list[str]:
    return text.split(",")


_QUOTED = ", ".join(f'"{method}"' for method in HTTP_METHODS)
METHODS = Type(
    "set(string)",
    f"length({{}}) > 0 && alltrue([for each in {{}} : contains([{_QUOTED}], each)])",
    f"a set of HTTP methods ({', '.join(HTTP_METHODS)}) with at least one member",
    _texts,
)
TYPES: Mapping[str, Type] = {
    "String": Type("string", "length({}) > 0", "a text that is not empty", str),
    "Number": Type("number", "floor({}) == {}", "a whole number", int),
    "CommaDelimitedList": Type(
        "list(string)", _each("length({}) > 0"), "a list of texts with at least one member", _texts
    ),
    "AWS::EC2::VPC::Id": Type("string", _matching("vpc"), "an id such as vpc-0123456789abcdef0", str),
    "AWS::EC2::SecurityGroup::Id": Type("string", _matching("sg"), "an id such as sg-0123456789abcdef0", str),
    "List<AWS::EC2::Subnet::Id>": Type(
        "list(string)", _each(_matching("subnet")), "a list of ids such as subnet-0123456789abcdef0", _texts
    ),
}
"""CloudFormation's parameter types as Terraform's."""

_LISTS = frozenset(name for name, kind in TYPES.items() if kind.name.startswith("list"))
_BEYOND_RE2 = re.compile(r"\(\?<?[=!]|\\[1-9]")
"""What a pattern may have and Terraform's have not: looking around, references back."""
SSM = re.compile(r"AWS::SSM::Parameter::Value<(.+)>")
LOOKED_UP = Type("string", "length({}) > 0", "the name of a parameter of Systems Manager", str)
LOOKUP = "aws_ssm_parameter"


@dataclass(frozen=True)
class Leaf:
    """One value: its type, its default (None: it must be given), what it is for."""

    type: Type
    default: Any
    description: str


Tree: TypeAlias = "dict[str, Leaf | Tree]"


@dataclass
class Variables:
    """The variables of a plan's parameters. ``expressions`` say where each parameter's value is.

    An input that AWS looks up is a variable with the name of what is looked up; ``lookups`` are data sources.
    """

    tree: Tree = field(default_factory=dict)
    lookups: dict[str, Body] = field(default_factory=dict)
    expressions: dict[str, str] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)

    @classmethod
    def of(cls, parameters: Iterable[PlanParameter]) -> Variables:
        """Read a plan's parameters; parameters of one set of methods are one variable."""
        made = cls()
        for parameter in parameters:
            made._add(parameter)
        made.refusals += [_bad_name(name) for name in made.tree if not _is_free(name)]
        return made

    def _add(self, parameter: PlanParameter) -> None:
        name = parameter.input or snake(parameter.name)
        self.expressions[parameter.name] = f"var.{name}"
        looked_up = SSM.fullmatch(parameter.type)
        kind = METHODS if parameter.member else LOOKED_UP if looked_up else TYPES.get(parameter.type)
        if looked_up is not None:
            self.expressions[parameter.name] = self._look_up(name, is_list=looked_up[1] in _LISTS)
        if kind is None:
            self.refusals.append(Refusal(f"input {name}", f"Terraform has no type for {parameter.type}"))
            return
        if _BEYOND_RE2.search(parameter.allowed_pattern or ""):
            what = f"Terraform has no such pattern: {parameter.allowed_pattern}"
            self.refusals.append(Refusal(f"input {name}", what, "Write it without looking around or back."))
        *groups, last = name.split(".")
        tree = self.tree
        for group in groups:
            inner = tree.setdefault(group, {})
            assert isinstance(inner, dict), "a group and an input cannot have one name"
            tree = inner
        before = tree.get(last)
        if parameter.member and isinstance(before, Leaf):
            if parameter.default == "true":
                tree[last] = replace(before, default=[*(before.default or ()), parameter.member])
        else:
            tree[last] = _leaf(parameter, _limited(kind, parameter))

    def _look_up(self, name: str, *, is_list: bool) -> str:
        """The expression of a value that is looked up: no secret, as CloudFormation takes none so either."""
        label = name.replace(".", "_")
        self.lookups[label] = {"name": f"${{var.{name}}}"}
        value = f"data.{LOOKUP}.{label}.insecure_value"
        return f'split(",", {value})' if is_list else value

    def blocks(self) -> dict[str, Body]:
        """Every variable's block, in the order of the inputs, then where the module is applied."""
        return {name: _block(name, inner) for name, inner in self.tree.items()} | _WHERE


def _limited(kind: Type, parameter: PlanParameter) -> Type:
    """The type with the limits that the input has of its own."""
    if parameter.member:
        return kind
    limits: list[tuple[str, str]] = []
    if parameter.allowed_values:
        choices = list(parameter.allowed_values)
        limits.append((f"contains({_hcl(choices)}, {{}})", f"one of {', '.join(choices)}"))
    if parameter.allowed_pattern is not None:
        whole = _hcl(f"^(?:{parameter.allowed_pattern})$")
        shown = whole[1:-1].removeprefix("^(?:").removesuffix(")$")
        limits.append((f"can(regex({whole}, {{}}))", f"a text that matches {shown}"))
    if parameter.min_value is not None:
        limits.append((f"{{}} >= {parameter.min_value}", f"not less than {parameter.min_value}"))
    if parameter.max_value is not None:
        limits.append((f"{{}} <= {parameter.max_value}", f"not greater than {parameter.max_value}"))
    conditions = [kind.condition, *(condition for condition, _ in limits)]
    words = [kind.should_be, *(word for _, word in limits)]
    return replace(kind, condition=" && ".join(conditions), should_be=", ".join(words))


def _leaf(parameter: PlanParameter, kind: Type) -> Leaf:
    if parameter.member:
        what = parameter.description.removesuffix(f": {parameter.member}")
        return Leaf(kind, [parameter.member] if parameter.default == "true" else None, what)
    default = None if parameter.default is None else kind.read(parameter.default)
    return Leaf(kind, default, parameter.description)


_WHERE: dict[str, Body] = {
    REGION: {
        "type": "string",
        "description": "The region; without a value the provider's own settings say it (AWS_REGION, profile)",
        "default": None,
    },
    ACCOUNTS: {
        "type": "list(string)",
        "description": "The accounts that may be touched; another caller is refused. Without a value any may",
        "default": None,
    },
}


def _is_free(name: str) -> bool:
    return is_identifier(name) and name not in RESERVED and name not in _WHERE


def _bad_name(name: str) -> Refusal:
    return Refusal(f"input {name}", "a variable of Terraform cannot have this name", "Rename the input.")


def _block(name: str, inner: Leaf | Tree) -> Body:
    body: Body = {"type": _type(inner), "description": "; ".join(dict.fromkeys(_descriptions(inner)))}
    default = _default(inner)
    if default is not None:
        body["default"] = default
    body["nullable"] = False
    body["validation"] = [
        {
            "condition": f"${{{leaf.type.condition.replace('{}', where)}}}",
            "error_message": f"{where.removeprefix('var.')} should be {leaf.type.should_be}.",
        }
        for where, leaf in _leaves(f"var.{name}", inner)
    ]
    return body


def _type(inner: Leaf | Tree) -> str:
    if isinstance(inner, Leaf):
        return inner.type.name
    members = []
    for name, member in inner.items():
        default = _default(member)
        kind = _type(member)
        members.append(f"{name} = {kind if default is None else f'optional({kind}, {_hcl(default)})'}")
    return f"object({{ {', '.join(members)} }})"


def _default(inner: Leaf | Tree) -> Any:
    if isinstance(inner, Leaf):
        return inner.default
    return {} if all(_default(member) is not None for member in inner.values()) else None


def _hcl(value: Any) -> str:
    # Types are native syntax even in JSON, and so are the defaults in them.
    if isinstance(value, list):
        return f"[{', '.join(_hcl(member) for member in value)}]"
    if isinstance(value, str):
        quoted = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return '"' + quoted.replace("${", "$${").replace("%{", "%%{") + '"'
    return "{}" if value == {} else str(value)


def _descriptions(inner: Leaf | Tree) -> Iterator[str]:
    if isinstance(inner, Leaf):
        yield inner.description
        return
    for name, member in inner.items():
        yield f"{name}: {', '.join(dict.fromkeys(_descriptions(member)))}"


def _leaves(where: str, inner: Leaf | Tree) -> Iterator[tuple[str, Leaf]]:
    if isinstance(inner, Leaf):
        yield where, inner
        return
    for name, member in inner.items():
        yield from _leaves(f"{where}.{name}", member)


def variable_values(
    parameters: Iterable[PlanParameter],
    values: Mapping[str, object],
    *,
    region: str | None = None,
    account: str | None = None,
) -> Body:
    """Values of inputs by name (``ecs_task.memory``) as variables; what the plan does not use is left out."""
    used = dict.fromkeys(parameter.input for parameter in parameters if parameter.input)
    written: Body = {}
    if region:
        written[REGION] = region
    if account:
        written[ACCOUNTS] = [account]
    for name in used:
        if name in values:
            *groups, last = str(name).split(".")
            inner = written
            for group in groups:
                inner = inner.setdefault(group, {})
            value = values[name]
            inner[last] = sorted(value) if isinstance(value, (set, frozenset)) else value
    return written
