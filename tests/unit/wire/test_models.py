from __future__ import annotations

from botocore.loaders import Loader
from botocore.model import ServiceModel

from hatoba.cloud.wire.models import service_model

ROOMY = ServiceModel(Loader().load_service_model("sts", "service-2"), "sts")


def test_a_model_has_the_operations_and_shapes_that_botocore_reads() -> None:
    ours = service_model("sts")

    assert ours.operation_names == ROOMY.operation_names
    assert ours.shape_names == ROOMY.shape_names


def test_a_shape_reads_as_botocore_reads_it() -> None:
    ours, theirs = (each.shape_for("AssumeRoleRequest") for each in (service_model("sts"), ROOMY))

    assert ours.type_name == theirs.type_name == "structure"
    assert ours.members.keys() == theirs.members.keys()  # type: ignore[attr-defined] # a structure
    assert ours.required_members == theirs.required_members
