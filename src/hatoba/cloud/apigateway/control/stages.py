"""Which stages may exist: names, variables, throttling, and the format of an access log.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hatoba.cloud.apigateway.control.common import check_length
from hatoba.cloud.apigateway.control.routes import check_route_key
from hatoba.cloud.apigateway.errors import bad_request
from hatoba.cloud.apigateway.model import DEFAULT_STAGE, RouteSettings
from hatoba.cloud.wire import ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from types_boto3_apigatewayv2.type_defs import RouteSettingsTypeDef

    from hatoba.cloud.apigateway.model import AccessLogSettings, Stage

MOST_VARIABLES = 100
LONGEST_VARIABLE_NAME, LONGEST_VARIABLE_VALUE = 64, 512
LONGEST_LOG_FORMAT = 3072
_STAGE_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")
_VARIABLE_NAME = re.compile(r"[A-Za-z0-9_]+")
_VARIABLE_VALUE = re.compile(r"[A-Za-z0-9-._~:/?#&=,]+")
_LOG_GROUP_ARN = re.compile(
    r"arn:aws[a-z-]*:logs:[a-z0-9-]+:\d{12}:log-group:[A-Za-z0-9_./#-]{1,512}(?::\*)?"
)
_REQUEST_ID = re.compile(r"\$context\.(?:requestId|extendedRequestId)(?![A-Za-z0-9])")


def check_stage(stage: Stage) -> None:
    """Refuse a stage that API Gateway would refuse."""
    if stage.stage_name != DEFAULT_STAGE and not _STAGE_NAME.fullmatch(stage.stage_name):
        raise bad_request(
            f"Invalid stage name {stage.stage_name}: $default,"
            " or 1 to 128 letters, digits, hyphens and underscores."
        )
    check_length("Description", stage.description, 0, 1024)
    _check_variables(stage.stage_variables)
    _check_settings(stage.default_route_settings)
    for key, settings in stage.route_settings.items():
        check_route_key(key)
        _check_settings(settings)
    if stage.access_log is not None:
        _check_access_log(stage.access_log)


def check_routes_of(settings: Iterable[str], route_keys: Iterable[str]) -> None:
    """Refuse settings, given by route key, of a route that the API does not have."""
    known = frozenset(route_keys)
    for key in settings:
        if key not in known:
            raise ServiceError(
                "NotFoundException",
                f"Unable to find Route by key {key} within the provided RouteSettings",
                status=404,
                members={"ResourceType": "Route"},
            )


def read_route_settings(sent: RouteSettingsTypeDef, base: RouteSettings | None = None) -> RouteSettings:
    """Return route settings as sent, over those that were there: what was not sent stays.

    Raises:
        ServiceError: A member of WebSocket APIs is set.
    """
    if sent.get("DataTraceEnabled") or sent.get("LoggingLevel", "OFF") != "OFF":
        raise bad_request("DataTraceEnabled and LoggingLevel are supported only for WebSocket APIs.")
    base = base or RouteSettings()
    return RouteSettings(
        detailed_metrics_enabled=sent.get("DetailedMetricsEnabled", base.detailed_metrics_enabled),
        throttling_burst_limit=sent.get("ThrottlingBurstLimit", base.throttling_burst_limit),
        throttling_rate_limit=sent.get("ThrottlingRateLimit", base.throttling_rate_limit),
    )


def merged_variables(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """Return stage variables as an update leaves them: an empty value takes a variable away."""
    return {name: value for name, value in {**old, **new}.items() if value != ""}


def _check_variables(variables: Mapping[str, str]) -> None:
    if len(variables) > MOST_VARIABLES:
        raise bad_request(f"A stage has at most {MOST_VARIABLES} stage variables.")
    for name, value in variables.items():
        check_length("The name of a stage variable", name, 1, LONGEST_VARIABLE_NAME)
        check_length(f"The value of stage variable {name}", value, 1, LONGEST_VARIABLE_VALUE)
        if not _VARIABLE_NAME.fullmatch(name) or not _VARIABLE_VALUE.fullmatch(value):
            raise bad_request(
                f"Invalid stage variable {name}: its name has letters, digits and underscores,"
                " its value matches [A-Za-z0-9-._~:/?#&=,]+."
            )


def _check_settings(settings: RouteSettings) -> None:
    for limit in (settings.throttling_burst_limit, settings.throttling_rate_limit):
        if limit is not None and limit < 0:
            raise bad_request("ThrottlingBurstLimit and ThrottlingRateLimit are not negative.")


def _check_access_log(settings: AccessLogSettings) -> None:
    if not _LOG_GROUP_ARN.fullmatch(settings.destination_arn):
        raise bad_request(
            f"Invalid ARN specified in the request: {settings.destination_arn}."
            " An HTTP API logs to a CloudWatch Logs log group,"
            " arn:aws:logs:<region>:<account>:log-group:<name>."
        )
    check_length("Format of the access log", settings.format, 1, LONGEST_LOG_FORMAT)
    if "\n" in settings.format or "\r" in settings.format:
        raise bad_request("Access log format must be a single line. Take the line breaks out.")
    if not _REQUEST_ID.search(settings.format):
        raise bad_request("Access log format must contain at least $context.requestId.")
