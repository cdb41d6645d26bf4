"""Parameter mappings of integrations: which keys and values API Gateway takes.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hatoba.cloud.apigateway.control.common import HEADER_NAME
from hatoba.cloud.apigateway.errors import bad_request
from hatoba.gateway.context import NAMES as CONTEXT_VARIABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.wire import ServiceError

REMOVED = "''"
_RESERVED = re.compile(
    r"access-control-.*|apigw-.*|authorization|connection|content-encoding|content-length|content-location"
    r"|forwarded|keep-alive|origin|proxy-authenticate|proxy-authorization|te|trailers|transfer-encoding"
    r"|upgrade|x-amz-.*|x-amzn-.*|x-forwarded-for|x-forwarded-host|x-forwarded-proto|via",
    re.IGNORECASE,
)
_DESTINATION = (
    rf"(?P<action>append|overwrite|remove):(?:header\.(?P<header>{HEADER_NAME})|querystring\.[^\s{{}}]+)"
)
_REQUEST_KEY = re.compile(rf"{_DESTINATION}|overwrite:path")
_RESPONSE_KEY = re.compile(
    rf"(?P<action>append|overwrite|remove):header\.(?P<header>{HEADER_NAME})|overwrite:statuscode"
)
_HEADER = r"[!#%&'*+.^_`|~0-9A-Za-z-]+"
_JSON_PATH = r"(?:\.[^\s{}$.\[\]]+|\[\d+\]|\['[^\s{}$']*'\])*"
"""Names and indexes only: no recursive descent, no filter, no wildcard."""
_ANYWHERE = r"context\.(?P<variable>[A-Za-z][\w.:/-]*)|stageVariables\.[A-Za-z0-9_]+"
_REQUEST_SELECTOR = re.compile(
    rf"\$(?:request\.header\.{_HEADER}|request\.querystring\.[^\s{{}}$]+|request\.path(?:\.[^\s{{}}$.]+)?"
    rf"|request\.body{_JSON_PATH}|{_ANYWHERE})"
)
_RESPONSE_SELECTOR = re.compile(rf"\$(?:response\.header\.{_HEADER}|response\.body{_JSON_PATH}|{_ANYWHERE})")
_STATUS = re.compile(r"[2-5]\d\d")
_CLAIMS = "authorizer.claims."
_EMBEDDED = re.compile(r"\$\{([^}]*)\}")
_LOWEST_STATUS, _HIGHEST_STATUS = 200, 599


def check_request_parameters(mapping: Mapping[str, str]) -> None:
    """Refuse a mapping of requests with a key or a value that has no meaning."""
    for key, value in mapping.items():
        found = _REQUEST_KEY.fullmatch(key)
        if found is None:
            raise _invalid(f"Invalid Request Actioned Parameter destination specified: {key}")
        if found["header"] and found["header"].lower() == "host" and found["action"] != "overwrite":
            raise _invalid("Host can only be overwritten, as every request has exactly one")
        _check_entry(found, value, _REQUEST_SELECTOR)


def check_response_parameters(mappings: Mapping[str, Mapping[str, str]]) -> None:
    """Refuse mappings of responses, by status code, with a key or a value that has no meaning."""
    for status, mapping in mappings.items():
        if not (status.isascii() and status.isdigit() and _LOWEST_STATUS <= int(status) <= _HIGHEST_STATUS):
            raise bad_request(f"Response parameters are given by status code, 200 to 599, not by {status}.")
        for key, value in mapping.items():
            found = _RESPONSE_KEY.fullmatch(key)
            if found is None:
                raise _invalid(f"Invalid Response Actioned Parameter destination specified: {key}")
            if found["header"] is None and "$" not in value and not _STATUS.fullmatch(value):
                raise _invalid(f"{value} is no status code from 200 to 599")
            _check_entry(found, value, _RESPONSE_SELECTOR)


def merged_request_parameters(old: Mapping[str, str] | None, new: Mapping[str, str]) -> dict[str, str]:
    """Return a mapping as an update leaves it: an empty value takes its key away."""
    return {key: value for key, value in {**(old or {}), **new}.items() if value != ""}


def merged_response_parameters(
    old: Mapping[str, Mapping[str, str]] | None, new: Mapping[str, Mapping[str, str]]
) -> dict[str, dict[str, str]]:
    """Return mappings by status as an update leaves them: an empty mapping takes its status away."""
    return {status: dict(mapping) for status, mapping in {**(old or {}), **new}.items() if mapping}


def _check_entry(found: re.Match[str], value: str, selectors: re.Pattern[str]) -> None:
    if found["header"] and _RESERVED.fullmatch(found["header"]):
        raise _invalid(f"header {found['header']} is reserved and cannot be mapped. Choose another header")
    if found["action"] == "remove":
        if value != REMOVED:
            raise _invalid(f"the value of {found[0]} must be ''")
        return
    embedded = [f"${inner}" for inner in _EMBEDDED.findall(value)]
    for selector in embedded or ([value] if value.startswith("$") else []):
        selected = selectors.fullmatch(selector)
        if selected is None or not _is_known(selected["variable"]):
            raise _invalid(f"Invalid mapping expression specified: {selector}")


def _is_known(variable: str | None) -> bool:
    return variable is None or variable in CONTEXT_VARIABLES or variable.startswith(_CLAIMS)


def _invalid(why: str) -> ServiceError:
    return bad_request(
        f"Invalid mapping expression specified: Validation Result: warnings : [], errors : [{why}]"
    )
