"""The plan of the reference system and of larger ones: resources, order, names, parameters."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from hatoba import Input, Inputs, System, apigateway, cloudmap, ec2, ecs, iam, logs
from hatoba.definition.project import load
from hatoba.definition.raw import Raw
from hatoba.definition.rules import outside
from hatoba.plan import NONCE, Plan, http, parameter_values, plan, resources
from hatoba.plan.build import KINDS
from hatoba.plan.terms import Joined, Parameter, PseudoParameter, Reference
from tests.unit.definition.parts import api, authorizer, container, discovery, route, service, system, task

EXAMPLE = Path(__file__).parents[3] / "examples" / "sales_support_system"


@pytest.fixture(scope="module")
def reference() -> Plan:
    return plan(load(start=EXAMPLE).system)


def kinds(planned: Plan) -> Counter[str]:
    return Counter(resource.TYPE for resource in planned.resources)


def test_the_reference_system_has_its_parts(reference: Plan) -> None:
    assert kinds(reference) == {
        "AWS::Logs::LogGroup": 2,
        "AWS::IAM::Role": 2,
        "AWS::EC2::SecurityGroup": 1,
        "AWS::ServiceDiscovery::PrivateDnsNamespace": 1,
        "AWS::ServiceDiscovery::Service": 1,
        "AWS::ECS::Cluster": 1,
        "AWS::ECS::ClusterCapacityProviderAssociations": 1,
        "AWS::ECS::TaskDefinition": 1,
        "AWS::ECS::Service": 1,
        "AWS::ApiGatewayV2::Api": 1,
        "AWS::ApiGatewayV2::Stage": 1,
        "AWS::ApiGatewayV2::VpcLink": 1,
        "AWS::ApiGatewayV2::Authorizer": 1,
        "AWS::ApiGatewayV2::Integration": 1,
        "AWS::ApiGatewayV2::Route": 8,
    }


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("AppService", "AppDiscoveryService"),
        ("AppDiscoveryService", "ApplicationServiceInternalNamespace"),
        ("ApiGatewayGetProxyRoute", "ApiGatewayAppIntegration"),
        ("ApiGatewayGetProxyRoute", "ApiGatewayJwtAuthorizer"),
        ("ApiGatewayAppIntegration", "VpcLink"),
        ("ApiGatewayAppIntegration", "AppDiscoveryService"),
        ("ApiGatewayStage", "ApiGatewayApi"),
        ("AppService", "EcsClusterCapacityProviders"),
        ("EcsClusterCapacityProviders", "EcsCluster"),
        ("AppService", "EcsSgSecurityGroup"),
        ("AppService", "SiteTaskDefinition"),
        ("SiteTaskDefinition", "EcsTaskExecRole"),
        ("SiteTaskDefinition", "AppRole"),
        ("SiteTaskDefinition", "AwsEcsFargateMzDevAppLogGroup"),
        ("ApiGatewayStage", "AwsApiGatewayMzDevLogGroup"),
    ],
)
def test_what_needs_another_is_deleted_before_it(reference: Plan, first: str, then: str) -> None:
    order = reference.deletion_order()

    assert order.index(first) < order.index(then)


def test_resources_are_listed_in_an_order_of_creation(reference: Plan) -> None:
    listed = [resource.id for resource in reference.resources]

    assert all(listed.index(needed) < listed.index(resource) for resource, needed in reference.edges())


def test_every_edge_ends_at_a_resource(reference: Plan) -> None:
    assert {needed for _, needed in reference.edges()} <= reference.by_id.keys()


def test_default_tags_are_on_everything_that_can_be_tagged(reference: Plan) -> None:
    tagged = {resource.id for resource in reference.resources if resource.TAGS != "none"}
    owners = {
        resource.id
        for resource in reference.resources
        if getattr(resource, "tags", {}).get("Owner") == "mamezou"
    }

    assert tagged == owners
    group = reference.by_id["EcsSgSecurityGroup"]
    assert isinstance(group, resources.SecurityGroup)
    assert group.tags["Name"] == "mz-dev-ecs-security-group"


def test_a_route_of_each_method_depends_on_its_own_condition(reference: Plan) -> None:
    routes = [resource for resource in reference.resources if isinstance(resource, http.Route)]

    assert {route.condition: route.route_key for route in routes}[
        "EcsServiceHttpMethodsGetIsOn"
    ] == "GET /{proxy+}"
    assert {route.condition for route in routes} == reference.conditions.keys()
    assert set(reference.conditions.values()) <= {parameter.name for parameter in reference.parameters}


def test_inputs_are_parameters_of_awss_own_types(reference: Plan) -> None:
    types = {
        parameter.input: parameter.type for parameter in reference.parameters if parameter.member is None
    }

    assert types == {
        "vpc_id": "AWS::EC2::VPC::Id",
        "default_security_group_id": "AWS::EC2::SecurityGroup::Id",
        "allow_origins": "CommaDelimitedList",
        "cors_max_age": "Number",
        "log_retention_in_days": "Number",
        "cognito_user_pool_endpoint": "String",
        "user_pool_client_ids": "CommaDelimitedList",
        "ecs_task.memory": "Number",
        "ecs_task.cpu": "Number",
        "ecs_service.desired_count": "Number",
        "private_subnet_ids": "List<AWS::EC2::Subnet::Id>",
        None: "String",
    }


def test_the_log_driver_gets_group_region_and_prefix(reference: Plan) -> None:
    task = reference.by_id["SiteTaskDefinition"]
    assert isinstance(task, resources.TaskDefinition)
    log = task.container_definitions[0].log_configuration

    assert log == resources.LogConfiguration(
        "awslogs",
        {
            "awslogs-group": Reference("AwsEcsFargateMzDevAppLogGroup"),
            "awslogs-region": PseudoParameter("Region"),
            "awslogs-stream-prefix": "mz-dev-app",
        },
    )


def test_a_local_command_is_no_part_of_the_plan(reference: Plan) -> None:
    assert "page.py" not in repr(reference)


def test_the_same_definition_gives_the_same_plan(reference: Plan) -> None:
    again = plan(load(start=EXAMPLE).system)

    assert again == reference


def test_values_become_parameters_with_lists_joined_and_sets_as_flags(reference: Plan) -> None:
    values = {
        "allow_origins": ["https://a", "https://b"],
        "ecs_service.http_methods": ["POST"],
        "ecs_task.cpu": 512,
    }
    given = parameter_values(reference, values)

    assert given["AllowOrigins"] == "https://a,https://b"
    assert given["EcsTaskCpu"] == "512"
    assert {name for name, value in given.items() if value == "true"} == {"EcsServiceHttpMethodsPost"}


def test_an_input_nobody_uses_is_no_parameter() -> None:
    class Spare(Inputs):
        spare = Input.number(1)

    assert plan(system(inputs=Spare())).parameters == ()


def test_a_service_that_is_not_forced_needs_no_nonce() -> None:
    calm = plan(system(services=[service(force_new_deployment=False)]))

    assert all(parameter.name != NONCE for parameter in calm.parameters)
    found = calm.by_id["AppService"]
    assert isinstance(found, resources.Service)
    assert found.force_new_deployment is None


def test_a_records_have_no_port_in_the_registry() -> None:
    found = plan(system(services=[service(registry=discovery(record="A"))])).by_id["AppService"]
    assert isinstance(found, resources.Service)

    assert found.service_registries == (
        resources.ServiceRegistry(Reference("AppDiscoveryService", "Arn"), None, None),
    )


def test_routes_to_one_service_share_an_integration_unless_their_timeouts_differ() -> None:
    target = service()
    planned = plan(
        system(apis=[api(route("/a", target), route("/b", target), route("/c", target, timeout_ms=500))])
    )

    assert kinds(planned)["AWS::ApiGatewayV2::Integration"] == 2
    assert kinds(planned)["AWS::ApiGatewayV2::Route"] == 3


def test_paths_with_the_same_words_keep_ids_of_their_own() -> None:
    target = service()
    planned = plan(
        system(apis=[api(route("/a-b", target), route("/a/b", target), route("$default", target))])
    )
    ids = [resource.id for resource in planned.resources]

    assert len(set(ids)) == len(ids)
    assert all(name.isalnum() for name in ids)


def test_services_of_one_name_in_two_namespaces_keep_ids_of_their_own() -> None:
    spaces = [cloudmap.PrivateDnsNamespace(name, "vpc-12345678") for name in ("a.internal", "b.internal")]
    cluster = ecs.Cluster("c")
    both = [
        service(f"s{n}", registry=cloudmap.Service("app", space), cluster=cluster)
        for n, space in enumerate(spaces)
    ]

    assert kinds(plan(system(services=both)))["AWS::ServiceDiscovery::Service"] == 2
    ids = [resource.id for resource in plan(system(services=both)).resources if "Discovery" in resource.id]
    assert len(set(ids)) == 2


def test_adding_a_service_renames_nothing() -> None:
    cluster, space = ecs.Cluster("c"), cloudmap.PrivateDnsNamespace("internal", "vpc-12345678")
    one = service("one", cluster=cluster, registry=cloudmap.Service("one", space))
    two = service(
        "two",
        of=ecs.TaskDefinition("two", [container(ports=[8080])], ecs.Size(256, 512)),
        cluster=cluster,
        registry=cloudmap.Service("two", space),
    )
    before = {resource.id for resource in plan(system(services=[one])).resources}

    assert before < {resource.id for resource in plan(system(services=[two, one])).resources}


def test_everything_a_container_can_say_reaches_the_task_definition() -> None:
    full = container(
        ports=[ecs.Port(53, None, "udp", "dns")],
        entry_point=["/bin/app"],
        command=["--serve"],
        environment={"TABLE": "t"},
        secrets={"KEY": "arn:aws:ssm:eu-west-1:111122223333:parameter/key"},
        cpu=128,
        memory=256,
        memory_reservation=128,
        health_check=ecs.HealthCheck(["CMD", "true"], start_period=10),
        stop_timeout=60,
        start_timeout=30,
        user="app",
        working_directory="/srv",
        readonly_root_filesystem=True,
    )
    side = container("side", essential=False, depends_on=[ecs.DependsOn("app", "HEALTHY")], sh="sleep 9")
    definition = task(full, side, cpu_architecture="ARM64", ephemeral_storage_gib=30)
    found = plan(system(services=[service(of=definition, registry=None)])).by_id["FamilyTaskDefinition"]
    assert isinstance(found, resources.TaskDefinition)
    first, second = found.container_definitions

    assert first.port_mappings == (resources.PortMapping(53, 53, "udp", "dns"),)
    assert first.environment == (resources.KeyValue("TABLE", "t"),)
    assert first.secrets == (resources.Secret("KEY", "arn:aws:ssm:eu-west-1:111122223333:parameter/key"),)
    assert (first.cpu, first.memory, first.memory_reservation) == (128, 256, 128)
    assert first.health_check == resources.HealthCheck(("CMD", "true"), 30, 5, 3, 10)
    assert (first.start_timeout, first.stop_timeout) == (30, 60)
    assert (first.user, first.working_directory, first.readonly_root_filesystem) == ("app", "/srv", True)
    assert (second.entry_point, second.command) == (("sh", "-c"), ("sleep 9",))
    assert second.depends_on == (resources.ContainerDependency("app", "HEALTHY"),)
    assert found.runtime_platform == resources.RuntimePlatform("ARM64")
    assert found.ephemeral_storage == resources.EphemeralStorage(30)


def test_text_joined_with_an_input_stays_joined() -> None:
    class Where(Inputs):
        pool = Input.string()

    given = Where()
    jwt = authorizer(issuer="https://" + given.pool)
    planned = plan(system(inputs=given, apis=[api(route(authorizer=jwt))]))
    found = planned.by_id["ApiJwtAuthorizer"]
    assert isinstance(found, http.Authorizer)

    assert found.jwt_configuration.issuer == Joined(("https://", Parameter("Pool")))


def test_permissions_keep_their_resources() -> None:
    group = logs.LogGroup("/audit")
    role = iam.TaskRole(
        "r", {"p": [iam.Allow(["logs:PutLogEvents", "logs:CreateLogStream"], group.arn), iam.Allow("s3:*")]}
    )
    definition = task(container(log=group), task_role=role, execution_role=iam.ExecutionRole("e"))
    found = plan(system(services=[service(of=definition, registry=None)])).by_id["RRole"]
    assert isinstance(found, resources.Role)
    assert found.policies is not None

    assert found.policies[0].policy_document["Statement"] == (
        {
            "Effect": "Allow",
            "Action": ("logs:PutLogEvents", "logs:CreateLogStream"),
            "Resource": Reference("AuditLogGroup", "Arn"),
        },
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
    )


def test_an_ipv6_network_is_written_as_such() -> None:
    group = ec2.SecurityGroup("g", "vpc-12345678", [ec2.tcp(443, "::/0")], [])
    found = plan(system(services=[service(security_groups=[group])])).by_id["GSecurityGroup"]
    assert isinstance(found, resources.SecurityGroup)

    assert found.security_group_ingress == (resources.SecurityGroupRule("tcp", 443, 443, cidr_ipv6="::/0"),)
    assert found.security_group_egress == ()


def test_a_link_takes_groups_of_the_system_and_groups_that_stand() -> None:
    group = ec2.SecurityGroup("g", "vpc-12345678")
    link = apigateway.VpcLink("link", ["subnet-12345678"], [group, "sg-12345678"])
    found = plan(System("s", apis=[api(route(), vpc_link=link)])).by_id["LinkVpcLink"]
    assert isinstance(found, http.VpcLink)

    assert found.security_group_ids == (Reference("GSecurityGroup", "GroupId"), "sg-12345678")


def test_whatever_a_raw_resource_may_wait_for_has_a_logical_id() -> None:
    assert set(outside._RESOURCES) <= {*KINDS, Raw}
