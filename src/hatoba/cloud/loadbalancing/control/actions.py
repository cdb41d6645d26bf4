"""Actions of listeners and rules, read from a request and told again.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from hatoba.cloud.loadbalancing.errors import invalid, invalid_configuration
from hatoba.cloud.loadbalancing.model import Action, FixedResponse, Redirect, Weighted
from hatoba.cloud.wire import NotImplementedHere, ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_GROUPS = 5
HEAVIEST = 999
HIGHEST_PORT = 65_535
CONTENT_TYPES = frozenset(
    {"text/plain", "text/css", "text/html", "application/javascript", "application/json"}
)
_PORT = re.compile(r"[0-9]{1,5}")
_VISIBLE = re.compile(r"[!-~]*")


def read_action(given: Sequence[Mapping[str, Any]], *, is_network: bool) -> Action:
    """Return the one action of a listener or rule.

    Raises:
        ServiceError: It is none that there can be, or that is supported here.
    """
    for each in given:
        if each["Type"] not in {"forward", "redirect", "fixed-response"}:
            raise NotImplementedHere(f"elbv2: the action {each['Type']}")
    if len(given) != 1:
        raise ServiceError(
            "InvalidLoadBalancerAction", "Give exactly one action: forward, redirect or fixed-response"
        )
    (action,) = given
    if is_network and action["Type"] != "forward":
        raise invalid(f"Actions of type '{action['Type']}' are not supported for Network Load Balancers")
    match action["Type"]:
        case "forward":
            return Action(forward=_forward(action, is_network=is_network))
        case "redirect":
            return Action(redirect=_redirect(action.get("RedirectConfig")))
        case _:
            return Action(fixed=_fixed(action.get("FixedResponseConfig")))


def _forward(action: Mapping[str, Any], *, is_network: bool) -> tuple[Weighted, ...]:
    config = action.get("ForwardConfig") or {}
    if (config.get("TargetGroupStickinessConfig") or {}).get("Enabled"):
        raise NotImplementedHere("elbv2: TargetGroupStickinessConfig (sticky sessions)")
    groups = tuple(
        Weighted(each.get("TargetGroupArn", ""), 1 if each.get("Weight") is None else each["Weight"])
        for each in config.get("TargetGroups") or ()
    )
    single = action.get("TargetGroupArn")
    if single and groups and [each.group_arn for each in groups] != [single]:
        raise invalid("TargetGroupArn and ForwardConfig name different target groups; give one of them")
    groups = groups or ((Weighted(single),) if single else ())
    if not 1 <= len(groups) <= MOST_GROUPS:
        raise invalid(f"A forward action names 1 to {MOST_GROUPS} target groups; {len(groups)} were given")
    if is_network and len(groups) > 1:
        raise NotImplementedHere("elbv2: a Network Load Balancer's listener with several target groups")
    if any(not 0 <= each.weight <= HEAVIEST for each in groups):
        raise invalid(f"Weights must be between 0 and {HEAVIEST}")
    return groups


def _redirect(config: Mapping[str, Any] | None) -> Redirect:
    if not config:
        raise invalid("A redirect action needs a RedirectConfig")
    default = Redirect(301)
    redirect = Redirect(
        status=int(config["StatusCode"].removeprefix("HTTP_")),
        protocol=config.get("Protocol", default.protocol),
        host=config.get("Host", default.host),
        port=config.get("Port", default.port),
        path=config.get("Path", default.path),
        query=config.get("Query", default.query),
    )
    _check_parts(redirect)
    if not redirect.path.startswith("/"):
        raise invalid_configuration("The redirect path must begin with a '/' character")
    if all(
        getattr(redirect, part) == getattr(default, part) for part in ("protocol", "host", "port", "path")
    ):
        raise invalid_configuration(
            "The redirect would lead to itself: change at least one of protocol, port, host or path"
        )
    return redirect


def _check_parts(redirect: Redirect) -> None:
    """Refuse parts that no location can be made of."""
    if redirect.protocol not in {"HTTP", "HTTPS", "#{protocol}"}:
        raise invalid(f"Redirect protocol '{redirect.protocol}' must be one of 'HTTP, HTTPS, #{{protocol}}'")
    port = redirect.port
    if port != "#{port}" and not (_PORT.fullmatch(port) and 1 <= int(port) <= HIGHEST_PORT):
        raise invalid(f"Redirect port '{port}' must be a number from 1 to {HIGHEST_PORT}, or '#{{port}}'")
    for name in ("host", "path", "query"):
        if not _VISIBLE.fullmatch(getattr(redirect, name)):
            raise invalid(f"The redirect {name} can only contain visible ASCII characters; encode the others")


def _fixed(config: Mapping[str, Any] | None) -> FixedResponse:
    if not config:
        raise invalid("A fixed-response action needs a FixedResponseConfig")
    kind = config.get("ContentType")
    if kind and kind not in CONTENT_TYPES:
        raise invalid(f"ContentType '{kind}' must be one of {', '.join(sorted(CONTENT_TYPES))}")
    return FixedResponse(int(config["StatusCode"]), kind, config.get("MessageBody"))


def describe_action(action: Action) -> list[dict[str, object]]:
    """Return an action's members."""
    if action.redirect is not None:
        to = action.redirect
        config = {
            "Protocol": to.protocol,
            "Port": to.port,
            "Host": to.host,
            "Path": to.path,
            "Query": to.query,
            "StatusCode": f"HTTP_{to.status}",
        }
        return [{"Type": "redirect", "Order": 1, "RedirectConfig": config}]
    if action.fixed is not None:
        response = {
            "MessageBody": action.fixed.body,
            "StatusCode": str(action.fixed.status),
            "ContentType": action.fixed.content_type,
        }
        return [{"Type": "fixed-response", "Order": 1, "FixedResponseConfig": response}]
    return [
        {
            "Type": "forward",
            "Order": 1,
            "TargetGroupArn": action.forward[0].group_arn if len(action.forward) == 1 else None,
            "ForwardConfig": {
                "TargetGroups": [
                    {"TargetGroupArn": each.group_arn, "Weight": each.weight} for each in action.forward
                ],
                "TargetGroupStickinessConfig": {"Enabled": False},
            },
        }
    ]
