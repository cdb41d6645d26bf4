"""Every operation of every service of ours, really run, with whatever a stranger may send.

No answer is a 5xx; a refused call has changed nothing; whatever is called, the things of another account and
region stay as they are.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from hatoba.cloud.wire.directory import BY_SERVICE
from hatoba.cloud.wire.models import operation_model, service_model
from tests.conformance.operations.standing import FOREIGN, OWN, Standing
from tests.unit.wire.botocore_side import request_of, scope_header

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "8"))
QUICK = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
    phases=(Phase.generate,),
)
SERVICES = ("apigatewayv2", "cloudformation", "ec2", "ecs", "iam", "logs", "servicediscovery", "sts")
MOMENTS = st.sampled_from([datetime(1970, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)])
NUMBERS = st.sampled_from([-(2**31), -1, 0, 1, 2, 80, 256, 512, 65536, 2**31 - 1])
LEAVES: dict[str, st.SearchStrategy[Any]] = {
    "integer": NUMBERS,
    "long": NUMBERS,
    "float": NUMBERS.map(float),
    "double": NUMBERS.map(float),
    "boolean": st.booleans(),
    "timestamp": MOMENTS,
}
DEEPEST = 3
COMMON_ERRORS = {"NotImplementedException", "SerializationException"}


@pytest.fixture(scope="module")
def standing() -> Iterator[Standing]:
    made = Standing()
    try:
        yield made
    finally:
        made.close()


def values(shape: Shape, words: st.SearchStrategy[str], depth: int = 0) -> st.SearchStrategy[Any]:
    """Return values of a shape: its types are kept to, its constraints are not."""
    if isinstance(shape, StructureShape):
        return _structures(shape, words, depth)
    if isinstance(shape, ListShape):
        return st.lists(values(shape.member, words, depth + 1), max_size=2)
    if isinstance(shape, MapShape):
        return st.dictionaries(words, values(shape.value, words, depth + 1), max_size=2)
    if shape.type_name == "blob":
        return words.map(str.encode)
    known = [str(value) for value in shape.metadata.get("enum", ())]
    return LEAVES.get(shape.type_name, st.sampled_from(known) | words if known else words)


def _structures(
    shape: StructureShape, words: st.SearchStrategy[str], depth: int
) -> st.SearchStrategy[dict[str, Any]]:
    if shape.is_document_type:
        return st.just({})
    required = {name: shape.members[name] for name in shape.required_members}
    others = {} if depth > DEEPEST else {k: v for k, v in shape.members.items() if k not in required}
    if shape.is_tagged_union:
        first = next(iter(shape.members.items()))
        return st.fixed_dictionaries({first[0]: values(first[1], words, depth + 1)})

    @st.composite
    def drawn(draw: st.DrawFn) -> dict[str, Any]:
        optional = [name for name in required if required[name].serialization.get("location") != "uri"]
        left_out = draw(st.integers(0, 9)) == 0
        made = {name: draw(values(member, words, depth + 1)) for name, member in required.items()}
        if left_out and optional:
            made.pop(optional[0])
        for name in (
            draw(st.lists(st.sampled_from(sorted(others)), max_size=3, unique=True)) if others else ()
        ):
            made[name] = draw(values(others[name], words, depth + 1))
        return made

    return drawn()


def calls(standing: Standing, model: OperationModel) -> st.SearchStrategy[dict[str, Any]]:
    words = st.sampled_from(standing.words) | st.text(max_size=12)
    shape = model.input_shape
    return st.just({}) if shape is None else values(shape, words)


def errors_of(model: OperationModel) -> set[str]:
    """Return what an operation may answer with: the errors of its model, and what any call may meet."""
    return {shape.name for shape in model.error_shapes} | COMMON_ERRORS


def send(standing: Standing, model: OperationModel, params: dict[str, Any]) -> int:
    """Send one call as a client of :data:`OWN`; a refused one must have changed nothing."""
    service = model.service_model.service_name
    listing = BY_SERVICE[service]
    request = request_of(model, params, listing.protocols[0])
    signed = scope_header(listing.signing_name, OWN.account, OWN.region)
    request.headers["authorization"] = signed  # type: ignore[index]  # made just now, as a dictionary
    changes = standing.cloud.state.feed.subscribe(*standing.kinds)
    try:
        answer = standing.loop.run_until_complete(standing.app.answer(request))
        if 400 <= answer.status < 500:
            assert changes.take() == (), (model.name, params, answer.body)
    finally:
        standing.cloud.state.feed.unsubscribe(changes)
    assert answer.status < 500, (model.name, params, answer.body)
    if service == "ecs" and answer.status >= 400:
        assert json.loads(answer.body)["__type"] in errors_of(model), (model.name, params, answer.body)
    return answer.status


def send_many(standing: Standing, model: OperationModel, statuses: list[int]) -> Iterator[str]:
    """Send several calls of one operation; yield the smallest that was answered wrongly."""

    @seed(1)
    @QUICK
    @given(calls(standing, model))
    def run(params: dict[str, Any]) -> None:
        statuses.append(send(standing, model, params))

    try:
        run()
    except AssertionError as fault:
        yield str(fault.args[0])


@pytest.mark.parametrize("service", SERVICES)
def test_no_call_is_a_5xx_and_no_refused_one_changes_anything(standing: Standing, service: str) -> None:
    before = standing.rows(FOREIGN)
    statuses: list[int] = []
    faults: list[str] = []
    for name in sorted(standing.cloud.dispatcher.services[service].names()):
        model = operation_model(service, name)
        if not model.has_event_stream_output:
            faults.extend(send_many(standing, model, statuses))
    assert faults == []
    assert standing.rows(FOREIGN) == before
    assert any(status < 300 for status in statuses)
    assert any(status >= 400 for status in statuses)


def test_all_services_of_ours_are_covered(standing: Standing) -> None:
    assert set(SERVICES) <= set(standing.cloud.dispatcher.services)
    assert {service_model(service).service_name for service in SERVICES} == set(SERVICES)
