"""Inputs: what differs from environment to environment, declared once and never resolved in the definition.

Each becomes a CloudFormation parameter, with AWS's own parameter type where there is one, so AWS checks
the value before anything is created.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Any, Literal, Self, TypeAlias, TypeVar

from hatoba.definition.faults import DefinitionError, Fault, Place
from hatoba.definition.values import Value

HTTP_METHODS = ("ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
METHOD_SET: frozenset[object] = frozenset(HTTP_METHODS)

Standing = Literal[
    "vpc_id",
    "subnet_ids",
    "security_group_id",
    "user_pool_id",
    "user_pool_endpoint",
    "user_pool_client_ids",
]
"""What is presumed to exist: locally the value is taken from what stands in the local cloud."""

SSM = "AWS::SSM::Parameter::Value<{}>"
"""CloudFormation's type of a parameter that names a parameter of Systems Manager, whose value counts."""

_SSM_NAME = re.compile(r"/?[\w.-]+(/[\w.-]+)*", re.ASCII)

ParameterType: TypeAlias = str
"""CloudFormation's name of it; ``flags`` is a set that becomes one true/false parameter per member."""

T_co = TypeVar("T_co", covariant=True)
G = TypeVar("G", bound="Inputs")


def _is_text(value: object) -> str | None:
    return None if isinstance(value, str) and value else "a text that is not empty"


def _is_whole_number(value: object) -> str | None:
    return None if isinstance(value, int) and not isinstance(value, bool) else "a whole number"


def _is_texts(value: object) -> str | None:
    if not isinstance(value, (list, tuple)) or not value or any(_is_text(item) for item in value):
        return "a list of texts with at least one member"
    # A CommaDelimitedList has no way to write a comma inside a member.
    return "a list of texts without commas" if any("," in item for item in value) else None


def _is_methods(value: object) -> str | None:
    if isinstance(value, (list, tuple, set, frozenset)) and value and METHOD_SET.issuperset(value):
        return None
    return f"a set of HTTP methods ({', '.join(HTTP_METHODS)}) with at least one member"


def _matches(pattern: str, words: str) -> Callable[[object], str | None]:
    shape = re.compile(pattern, re.ASCII)

    def check(value: object) -> str | None:
        return None if isinstance(value, str) and shape.fullmatch(value) else words

    return check


def _is_parameter_name(value: object) -> str | None:
    fits = isinstance(value, str) and _SSM_NAME.fullmatch(value)
    return None if fits else "the name of a parameter of Systems Manager, such as /network/vpc-id"


def _is_id(prefix: str) -> Callable[[object], str | None]:
    shape = re.compile(rf"{prefix}-[0-9a-f]{{8,17}}")

    def check(value: object) -> str | None:
        fits = isinstance(value, str) and shape.fullmatch(value)
        return None if fits else f"an id such as {prefix}-0123456789abcdef0"

    return check


def _is_ids(prefix: str) -> Callable[[object], str | None]:
    one = _is_id(prefix)

    def check(value: object) -> str | None:
        ok = isinstance(value, (list, tuple)) and value and all(one(item) is None for item in value)
        return None if ok else f"a list of ids such as {prefix}-0123456789abcdef0"

    return check


@dataclass(frozen=True, slots=True)
class Kind:
    """What an input may hold. ``wrong`` returns in words what a value should be, or None if it is right."""

    parameter_type: ParameterType
    python_type: type[Any]
    wrong: Callable[[object], str | None]
    standing: Standing | None = None
    is_looked_up: bool = False
    looks_up: Standing | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What a value keeps besides its kind; AWS checks it too, before anything is created."""

    allowed: tuple[str, ...] = ()
    pattern: str | None = None
    minimum: int | None = None
    maximum: int | None = None

    def wrong(self, value: object) -> str | None:
        """In words what a value of the right kind should be, or None."""
        if self.allowed and value not in self.allowed:
            return f"one of {', '.join(self.allowed)}"
        if self.pattern is not None and not (isinstance(value, str) and re.fullmatch(self.pattern, value)):
            return f"a text that matches {self.pattern}"
        if self.minimum is not None and isinstance(value, int) and value < self.minimum:
            return f"a whole number not less than {self.minimum}"
        if self.maximum is not None and isinstance(value, int) and value > self.maximum:
            return f"a whole number not greater than {self.maximum}"
        return None


ANYTHING = Limits()


STRING = Kind("String", str, _is_text)
NUMBER = Kind("Number", int, _is_whole_number)
STRINGS = Kind("CommaDelimitedList", list, _is_texts)
METHODS = Kind("flags", set, _is_methods)
VPC = Kind("AWS::EC2::VPC::Id", str, _is_id("vpc"), "vpc_id")
SUBNETS = Kind("List<AWS::EC2::Subnet::Id>", list, _is_ids("subnet"), "subnet_ids")
SECURITY_GROUP = Kind("AWS::EC2::SecurityGroup::Id", str, _is_id("sg"), "security_group_id")
POOL = Kind(
    "String",
    str,
    _matches(r"[\w-]+_[0-9A-Za-z]+", "a user pool's id such as ap-northeast-1_Abc123"),
    "user_pool_id",
)
TABLE = Kind("String", str, _matches(r"[\w.-]{3,255}", "a table's name: 3 to 255 letters, digits and _ . -"))
BUCKET = Kind(
    "String",
    str,
    _matches(
        r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "a bucket's name: 3 to 63 lower-case letters, digits, . and -"
    ),
)
PARAMETER_NAME = Kind("String", str, _is_parameter_name)
SECRET_ARN = Kind(
    "String",
    str,
    _matches(r"arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:\S+", "a secret's whole ARN"),
)
POOL_ENDPOINT = Kind("String", str, _is_text, "user_pool_endpoint")
POOL_CLIENTS = Kind("CommaDelimitedList", list, _is_texts, "user_pool_client_ids")


@dataclass(frozen=True)
class Input(Value[T_co]):
    """One input, made by the functions below; its name is the attribute it is assigned to.

    ``default`` counts in every environment, ``local`` only on this machine and before what stands locally.
    ``seed`` is what the parameter that is looked up gets on this machine, where it does not stand yet.
    """

    kind: Kind
    place: Place
    default: Any = None
    local: Any = None
    description: str = ""
    path: tuple[str, ...] = ()
    limits: Limits = ANYTHING
    seed: Any = None

    def __set_name__(self, owner: type[Inputs], name: str) -> None:
        object.__setattr__(self, "path", (name,))

    def __get__(self, instance: object, owner: type | None = None) -> Input[T_co]:
        """The input as seen through an ``Inputs`` object: with that object's path, defaults and place."""
        return _bound(self, instance) if isinstance(instance, Inputs) else self

    def __hash__(self) -> int:
        return hash(self.path)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Input) and (self.path, self.place) == (other.path, other.place)

    def __repr__(self) -> str:
        return f"input {self.name}"

    @property
    def python_type(self) -> type[Any]:  # type: ignore[override] # a read-only view of the kind's
        """The Python type of its values."""
        return self.kind.python_type

    @property
    def name(self) -> str:
        """The name in the definition and in environments.toml: ``ecs_task.memory``."""
        return ".".join(self.path)

    def wrong(self, value: object) -> str | None:
        """In words what a value should be, or None if it is right."""
        return self.kind.wrong(value) or self.limits.wrong(value)

    def looked_up(self, parameter: str) -> Input[T_co]:
        """The same input, whose value AWS looks up at each deployment, in a parameter of Systems Manager.

        ``parameter`` is its name, and an environment may give another name. A string list there gives a list.
        On this machine it is made with the value for this machine, unless it stands already.
        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html

        Raises:
            DefinitionError: A set of HTTP methods cannot be looked up.
        """
        if self.kind is METHODS:
            rule = "a set of HTTP methods becomes parameters of its own, and cannot be looked up"
            raise DefinitionError([Fault(Place.of_caller(), rule, "Give it in environments.toml.")])
        # AWS looks up texts, lists and ids; a number comes as its text.
        inside = "String" if self.kind is NUMBER else self.kind.parameter_type
        kind = replace(
            self.kind,
            parameter_type=SSM.format(inside),
            wrong=_is_parameter_name,
            standing=None,
            is_looked_up=True,
            looks_up=self.kind.standing,
        )
        return replace(self, kind=kind, default=parameter, local=None, limits=ANYTHING, seed=self.local)

    @staticmethod
    def string(
        default: str | None = None,
        *,
        local: str | None = None,
        description: str = "",
        allowed: Sequence[str] = (),
        pattern: str | None = None,
    ) -> Input[str]:
        """Any text; or one of those ``allowed``, or one that a ``pattern`` fits as a whole."""
        limits = Limits(allowed=tuple(allowed), pattern=pattern)
        return Input(STRING, Place.of_caller(), default, local, description, limits=limits)

    @staticmethod
    def number(
        default: int | None = None,
        *,
        local: int | None = None,
        description: str = "",
        minimum: int | None = None,
        maximum: int | None = None,
    ) -> Input[int]:
        """A whole number, perhaps within a range."""
        limits = Limits(minimum=minimum, maximum=maximum)
        return Input(NUMBER, Place.of_caller(), default, local, description, limits=limits)

    @staticmethod
    def strings(
        default: Sequence[str] | None = None, *, local: Sequence[str] | None = None, description: str = ""
    ) -> Input[list[str]]:
        """A list of texts; none may hold a comma."""
        return Input(STRINGS, Place.of_caller(), default, local, description)

    @staticmethod
    def http_methods(
        default: Collection[str] | None = None, *, local: Collection[str] | None = None, description: str = ""
    ) -> Input[set[str]]:
        """A set of HTTP methods: which routes exist. One true/false parameter for each method."""
        return Input(METHODS, Place.of_caller(), default, local, description)

    @staticmethod
    def vpc(default: str | None = None, *, description: str = "") -> Input[str]:
        """The id of a VPC that exists; locally the default VPC."""
        return Input(VPC, Place.of_caller(), default, None, description)

    @staticmethod
    def subnets(default: Sequence[str] | None = None, *, description: str = "") -> Input[list[str]]:
        """The ids of subnets that exist; locally those of the default VPC."""
        return Input(SUBNETS, Place.of_caller(), default, None, description)

    @staticmethod
    def security_group(default: str | None = None, *, description: str = "") -> Input[str]:
        """The id of a security group that exists; locally the default VPC's default group."""
        return Input(SECURITY_GROUP, Place.of_caller(), default, None, description)

    @staticmethod
    def user_pool(default: str | None = None, *, description: str = "") -> Input[str]:
        """The id of a Cognito user pool that exists, for ``existing.UserPool``; locally the one here."""
        return Input(POOL, Place.of_caller(), default, None, description)

    @staticmethod
    def table(default: str | None = None, *, local: str | None = None, description: str = "") -> Input[str]:
        """The name of a DynamoDB table that exists, for ``existing.Table``."""
        return Input(TABLE, Place.of_caller(), default, local, description)

    @staticmethod
    def bucket(default: str | None = None, *, local: str | None = None, description: str = "") -> Input[str]:
        """The name of an S3 bucket that exists, for ``existing.Bucket``."""
        return Input(BUCKET, Place.of_caller(), default, local, description)

    @staticmethod
    def user_pool_endpoint(default: str | None = None, *, description: str = "") -> Input[str]:
        """A Cognito user pool as ``cognito-idp.REGION.amazonaws.com/POOL``; locally the one here."""
        return Input(POOL_ENDPOINT, Place.of_caller(), default, None, description)

    @staticmethod
    def user_pool_clients(default: Sequence[str] | None = None, *, description: str = "") -> Input[list[str]]:
        """The client ids of a Cognito user pool; locally those of the pool that stands."""
        return Input(POOL_CLIENTS, Place.of_caller(), default, None, description)


class Inputs:
    """A group of inputs: subclass it, assign inputs (or other groups) to names, and make one object of it."""

    _path: tuple[str, ...] = ()

    def __init__(self, **defaults: object) -> None:
        """A group of inputs, with defaults that count before those of the class."""
        self._defaults = {name: value for name, value in defaults.items() if value is not None}
        self._place = Place.of_caller()

    def __set_name__(self, owner: type[Inputs], name: str) -> None:
        self._path = (name,)

    def __get__(self, instance: object, owner: type | None = None) -> Self:
        """The group as seen through another group: its inputs' names start with that group's own."""
        return _nested(self, instance) if isinstance(instance, Inputs) else self

    def __iter__(self) -> Iterator[Input[Any]]:
        """Every input of the group and of the groups in it, in the order of writing."""
        for name in _names(type(self)):
            member = getattr(self, name)
            if isinstance(member, Input):
                yield member
            elif isinstance(member, Inputs):
                yield from member


# Functions, not methods: an input may have any name that does not start with an underscore.


def _bound(declared: Input[T_co], group: Inputs) -> Input[T_co]:
    own, name = vars(group), declared.path[-1]
    return replace(
        declared,
        path=(*own.get("_path", ()), name),
        default=own["_defaults"].get(name, declared.default),
        place=own["_place"] if name in own["_defaults"] else declared.place,
    )


def _nested(inner: G, outer: Inputs) -> G:
    seen = copy(inner)
    vars(seen)["_path"] = (*vars(outer).get("_path", ()), *vars(inner).get("_path", ()))
    return seen


def _names(cls: type[Inputs]) -> list[str]:
    return [
        name
        for base in reversed(cls.__mro__)
        for name, member in vars(base).items()
        if isinstance(member, (Input, Inputs))
    ]
