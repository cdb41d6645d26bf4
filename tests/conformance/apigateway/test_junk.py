"""Whatever is sent, the rules refuse it in the service's words or take it: nothing else is raised."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from hatoba.cloud.apigateway.control.authorizers import check_authorizer
from hatoba.cloud.apigateway.control.integrations import check_integration, cloud_map_target
from hatoba.cloud.apigateway.control.mappings import check_request_parameters, check_response_parameters
from hatoba.cloud.apigateway.control.routes import check_route_key
from hatoba.cloud.apigateway.control.stages import check_stage
from hatoba.cloud.apigateway.model import AccessLogSettings, Authorizer, Integration, Stage
from hatoba.cloud.wire import ServiceError
from tests.unit.apigateway.fakes import LOG_GROUP_ARN, SERVICE_ARN

TEXT = st.text(max_size=40)
NEARLY = st.sampled_from(
    [
        "GET /",
        "ANY /{",
        "{a+}",
        "$request.",
        "${",
        "overwrite:",
        "header.",
        "https://",
        "[::1",
        SERVICE_ARN,
        "?a=%zz",
    ]
)
JUNK = st.lists(TEXT | NEARLY, max_size=4).map("".join)


def refused(check: Callable[[], object]) -> bool:
    """Say whether the rules refused; any other exception fails the test."""
    try:
        check()
    except ServiceError as error:
        return bool(error.message)
    return False


@given(JUNK)
def test_route_keys(key: str) -> None:
    if not refused(lambda: check_route_key(key)):
        assert key == "$default" or key.partition(" ")[2].startswith("/")


@given(JUNK, JUNK)
def test_mappings(key: str, value: str) -> None:
    refused(lambda: check_request_parameters({key: value}))
    refused(lambda: check_response_parameters({key: {"overwrite:statuscode": value}, "200": {value: key}}))


@given(JUNK)
def test_integrations(uri: str) -> None:
    public = Integration("a", "i", integration_uri=uri, integration_method="ANY")
    private = Integration(
        "a", "i", integration_uri=uri, integration_method="ANY", connection_type="VPC_LINK", connection_id="l"
    )

    refused(lambda: check_integration(public))
    if not refused(lambda: check_integration(private)):
        assert cloud_map_target(uri) is not None


@given(JUNK)
def test_issuers(issuer: str) -> None:
    authorizer = Authorizer("a", "j", "n", ("$request.header.Authorization",), issuer)

    if not refused(lambda: check_authorizer(authorizer)):
        assert issuer.startswith(("https://", "http://"))


@given(JUNK, JUNK, JUNK)
def test_stages(name: str, value: str, line: str) -> None:
    stage = Stage("a", name, 0.0, 0.0, stage_variables={value: line})
    logged = Stage("a", "s", 0.0, 0.0, access_log=AccessLogSettings(LOG_GROUP_ARN, line))

    refused(lambda: check_stage(stage))
    if not refused(lambda: check_stage(logged)):
        assert "$context." in line
