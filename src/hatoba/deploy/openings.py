"""What a change opens in the network and whom it permits what: the lines of a plan to read twice. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

Properties = Mapping[str, Any]
EVERYWHERE = frozenset({"0.0.0.0/0", "::/0"})


@dataclass(frozen=True, slots=True)
class Mark:
    """One opening or permission that comes or goes. ``is_wide`` is one for everybody or everything."""

    kind: Literal["network", "policy"]
    text: str
    comes: bool = True
    is_wide: bool = False


def marks(resource_type: str, before: Properties, after: Properties) -> tuple[Mark, ...]:
    """What differs in openings and permissions between two states of a resource; absent is empty."""
    old, new = tuple(_of(resource_type, before)), tuple(_of(resource_type, after))
    coming = tuple(mark for mark in dict.fromkeys(new) if mark not in old)
    going = tuple(
        Mark(mark.kind, mark.text, comes=False, is_wide=mark.is_wide)
        for mark in dict.fromkeys(old)
        if mark not in new
    )
    return coming + going


def _of(resource_type: str, properties: Properties) -> Iterator[Mark]:
    match resource_type:
        case "AWS::EC2::SecurityGroup":
            for rule in _list(properties.get("SecurityGroupIngress")):
                yield _rule(rule, "in")
            for rule in _list(properties.get("SecurityGroupEgress")):
                yield _rule(rule, "out")
        case "AWS::EC2::SecurityGroupIngress" if properties:
            yield _rule(properties, "in")
        case "AWS::EC2::SecurityGroupEgress" if properties:
            yield _rule(properties, "out")
        case _:
            yield from _policies(properties)


def _rule(rule: Any, direction: Literal["in", "out"]) -> Mark:
    if not isinstance(rule, Mapping):
        return Mark("network", f"lets {direction} what is known only later: {rule}")
    peer = next((str(rule[key]) for key in _PEERS if rule.get(key)), "?")
    word = "from" if direction == "in" else "to"
    text = f"lets {direction} {_ports(rule)} {word} {peer}"
    is_wide = direction == "in" and peer in EVERYWHERE
    return Mark("network", text + (", the whole internet" if is_wide else ""), is_wide=is_wide)


_PEERS = (
    "CidrIp",
    "CidrIpv6",
    "SourceSecurityGroupId",
    "DestinationSecurityGroupId",
    "SourceSecurityGroupName",
    "SourcePrefixListId",
    "DestinationPrefixListId",
)


def _ports(rule: Mapping[str, Any]) -> str:
    protocol = str(rule.get("IpProtocol", "-1"))
    if protocol == "-1":
        return "everything"
    first, last = rule.get("FromPort"), rule.get("ToPort")
    if first is None or str(first) == "-1":
        return f"all {protocol}"
    return f"{protocol} {first}" if str(first) == str(last) else f"{protocol} {first}-{last}"


def _policies(properties: Properties) -> Iterator[Mark]:
    """The statements of whatever policy documents a resource holds, and the policies it names."""
    for key in ("AssumeRolePolicyDocument", "PolicyDocument", "RepositoryPolicyText"):
        yield from _statements(properties.get(key))
    for policy in _list(properties.get("Policies")):
        if isinstance(policy, Mapping):
            yield from _statements(policy.get("PolicyDocument"))
    for arn in _list(properties.get("ManagedPolicyArns")):
        name = str(arn).rpartition("/")[2]
        yield Mark("policy", f"gets the managed policy {name}", is_wide=name == "AdministratorAccess")


def _statements(document: Any) -> Iterator[Mark]:
    if not isinstance(document, Mapping):
        return
    for statement in _list(document.get("Statement")):
        if isinstance(statement, Mapping):
            yield _statement(statement)


def _statement(statement: Mapping[str, Any]) -> Mark:
    is_denial = statement.get("Effect") == "Deny"
    actions = _words(statement.get("Action")) or f"all but {_words(statement.get('NotAction'))}"
    resources = _words(statement.get("Resource"))
    principals = _principals(statement.get("Principal"))
    parts = ["denies" if is_denial else "allows"]
    if principals:
        parts += [principals, "to"]
    parts.append(actions)
    if resources:
        parts += ["on", resources]
    if statement.get("Condition"):
        parts.append("under a condition")
    everything = actions == "*" or (actions.endswith(":*") and resources == "*")
    return Mark(
        "policy", " ".join(parts), is_wide=not is_denial and (everything or principals == "everybody")
    )


def _principals(principal: Any) -> str:
    if principal is None:
        return ""
    if principal == "*":
        return "everybody"
    if isinstance(principal, Mapping):
        named = ", ".join(_words(each) for each in principal.values())
        return "everybody" if named == "*" else named
    return str(principal)


def _words(value: Any) -> str:
    return ", ".join(str(each) for each in _list(value))


def _list(value: Any) -> Sequence[Any]:
    if value is None:
        return ()
    return value if isinstance(value, (list, tuple)) else (value,)
