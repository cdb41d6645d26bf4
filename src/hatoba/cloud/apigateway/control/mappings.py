"""Parameter mappings of integrations: which keys and values API Gateway takes.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hatoba.cloud.apigateway.errors import bad_request

if TYPE_CHECKING:
    from collections.abc import Mapping

REMOVED = "''"
_RESERVED = re.compile(
    r"access-control-.*|apigw-.*|authorization|connection|content-encoding|content-length|content-location"
    r"|forwarded|keep-alive|origin|proxy-authenticate|proxy-authorization|te|trailers|transfer-encoding"
    r"|upgrade|x-amz-.*|x-amzn-.*|x-forwarded-for|x-forwarded-host|x-forwarded-proto|via",
    re.IGNORECASE,
)
_REQUEST_KEY = re.compile(
    r"(?P<action>append|overwrite|remove):(?P<place>header|querystring)\.(?P<name>[^\s{}]+)|overwrite:path"
)
_RESPONSE_KEY = re.compile(
    r"(?P<action>append|overwrite|remove):(?P<place>header)\.(?P<name>[^\s{}]+)|overwrite:statuscode"
)
_ANYWHERE = r"context\.[A-Za-z][\w.-]*|stageVariables\.[A-Za-z0-9_]+"
_REQUEST_SELECTOR = re.compile(
    r"\$(?:request\.(?:header|querystring)\.[^\s{}$]+|request\.path(?:\.[^\s{}$.]+)?"
    rf"|request\.body(?:[.\[][^\s{{}}$]+)?|{_ANYWHERE})"
)
_RESPONSE_SELECTOR = re.compile(
    rf"\$(?:response\.header\.[^\s{{}}$]+|response\.body(?:[.\[][^\s{{}}$]+)?|{_ANYWHERE})"
)
_EMBEDDED = re.compile(r"\$\{([^}]*)\}")
_LOWEST_STATUS, _HIGHEST_STATUS = 200, 599


def check_request_parameters(mapping: Mapping[str, str]) -> None:
    """Refuse a mapping of requests with a key or a value that has no meaning."""
    for key, value in mapping.items():
        _check_entry(key, value, _REQUEST_KEY, _REQUEST_SELECTOR)


def check_response_parameters(mappings: Mapping[str, Mapping[str, str]]) -> None:
    """Refuse mappings of responses, by status code, with a key or a value that has no meaning."""
    for status, mapping in mappings.items():
        if not (status.isascii() and status.isdigit() and _LOWEST_STATUS <= int(status) <= _HIGHEST_STATUS):
            raise bad_request(f"Response parameters are given by status code, 200 to 599, not by {status}.")
        for key, value in mapping.items():
            _check_entry(key, value, _RESPONSE_KEY, _RESPONSE_SELECTOR)


def merged_request_parameters(old: Mapping[str, str] | None, new: Mapping[str, str]) -> dict[str, str]:
    """Return a mapping as an update leaves it: an empty value takes its key away."""
    return {key: value for key, value in {**(old or {}), **new}.items() if value != ""}


def merged_response_parameters(
    old: Mapping[str, Mapping[str, str]] | None, new: Mapping[str, Mapping[str, str]]
) -> dict[str, dict[str, str]]:
    """Return mappings by status as an update leaves them: an empty mapping takes its status away."""
    return {status: dict(mapping) for status, mapping in {**(old or {}), **new}.items() if mapping}


def _check_entry(key: str, value: str, keys: re.Pattern[str], selectors: re.Pattern[str]) -> None:
    found = keys.fullmatch(key)
    if found is None:
        raise bad_request(f"Invalid mapping expression specified: {key} is no destination of a mapping.")
    if found["place"] == "header" and _RESERVED.fullmatch(found["name"]):
        raise bad_request(
            f"Invalid mapping expression specified: header {found['name']} is reserved"
            " and cannot be mapped. Choose another header."
        )
    if found["action"] == "remove":
        if value != REMOVED:
            raise bad_request(f"Invalid mapping expression specified: the value of {key} must be ''.")
        return
    _check_value(key, value, selectors)


def _check_value(key: str, value: str, selectors: re.Pattern[str]) -> None:
    embedded = [f"${inner}" for inner in _EMBEDDED.findall(value)]
    wanted = embedded or ([value] if value.startswith("$") else [])
    for selector in wanted:
        if not selectors.fullmatch(selector):
            raise bad_request(f"Invalid mapping expression specified: {selector}, the value of {key}.")
