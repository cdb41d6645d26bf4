"""Operations on custom domain names.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-regional-api-custom-domain-create.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.cloud.apigateway.api.paging import answer_page
from hatoba.cloud.apigateway.control.common import check_tags, refuse_members
from hatoba.cloud.apigateway.control.domains import (
    HOSTED_ZONES,
    check_domain_name,
    endpoint_of,
    refuse_routing_rules,
)
from hatoba.cloud.apigateway.errors import conflict
from hatoba.cloud.apigateway.model import DomainName
from hatoba.cloud.apigateway.store import new_id

if TYPE_CHECKING:
    from types_boto3_apigatewayv2.type_defs import (
        CreateDomainNameRequestTypeDef,
        DeleteDomainNameRequestTypeDef,
        GetDomainNameRequestTypeDef,
        GetDomainNamesRequestTypeDef,
        UpdateDomainNameRequestTypeDef,
    )

    from hatoba.cloud.apigateway.store import Store
    from hatoba.cloud.wire import Call, Operations, Result

_MUTUAL_TLS = "the local gateway speaks plain HTTP, so that no client shows a certificate"


class DomainNames:
    """The operations on custom domain names."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def register(self, operations: Operations) -> None:
        """Answer these operations."""
        operations.add("CreateDomainName", self.create)
        operations.add("GetDomainName", self.get)
        operations.add("GetDomainNames", self.list)
        operations.add("UpdateDomainName", self.update)
        operations.add("DeleteDomainName", self.delete)

    def create(self, call: Call, request: CreateDomainNameRequestTypeDef) -> Result:
        """Make a domain name, AVAILABLE at once."""
        refuse_members(request, ("MutualTlsAuthentication",), _MUTUAL_TLS)
        refuse_routing_rules(request.get("RoutingMode"))
        name = request["DomainName"]
        check_domain_name(name)
        for _, other in self._store.domain_names.everywhere():
            if other.name.lower() == name.lower():
                raise conflict("The domain name you provided already exists.")
        tags = dict(request.get("Tags") or {})
        check_tags(tags)
        domain = DomainName(
            name=name,
            target_id=new_id(10, lambda _: None),
            created_at=call.now,
            endpoint=endpoint_of(request.get("DomainNameConfigurations")),
            tags=tags,
        )
        return describe(call.region, self._store.domain_names.put(call.scope, domain))

    def get(self, call: Call, request: GetDomainNameRequestTypeDef) -> Result:
        """Describe a domain name."""
        return describe(call.region, self._store.get_domain_name(call.scope, request["DomainName"]))

    def list(self, call: Call, request: GetDomainNamesRequestTypeDef) -> Result:
        """Describe all domain names."""
        domains = self._store.domain_names.list(call.scope)
        return answer_page(request, domains, lambda domain: describe(call.region, domain))

    def update(self, call: Call, request: UpdateDomainNameRequestTypeDef) -> Result:
        """Replace the configuration, when one is sent."""
        refuse_members(request, ("MutualTlsAuthentication",), _MUTUAL_TLS)
        refuse_routing_rules(request.get("RoutingMode"))
        domain = self._store.get_domain_name(call.scope, request["DomainName"])
        sent = request.get("DomainNameConfigurations")
        if sent is not None:
            domain = replace(domain, endpoint=endpoint_of(sent, domain.endpoint))
        return describe(call.region, self._store.domain_names.put(call.scope, domain))

    def delete(self, call: Call, request: DeleteDomainNameRequestTypeDef) -> Result:
        """Remove a domain name with its API mappings."""
        domain = self._store.get_domain_name(call.scope, request["DomainName"])
        for mapping in self._store.api_mappings.list(call.scope, f"{domain.name}/"):
            self._store.api_mappings.delete(call.scope, mapping.key)
        self._store.domain_names.delete(call.scope, domain.key)
        return {}


def describe(region: str, domain: DomainName) -> Result:
    """Return a domain name's members."""
    endpoint = domain.endpoint
    configuration = {
        "ApiGatewayDomainName": f"d-{domain.target_id}.execute-api.{region}.amazonaws.com",
        "CertificateArn": endpoint.certificate_arn,
        "CertificateName": endpoint.certificate_name,
        "DomainNameStatus": "AVAILABLE",
        "EndpointType": "REGIONAL",
        "HostedZoneId": HOSTED_ZONES.get(region),
        "IpAddressType": endpoint.ip_address_type,
        "SecurityPolicy": "TLS_1_2",
    }
    return {
        "ApiMappingSelectionExpression": "$request.basepath",
        "DomainName": domain.name,
        "DomainNameArn": f"arn:aws:apigateway:{region}::/domainnames/{domain.name}",
        "DomainNameConfigurations": [
            {name: value for name, value in configuration.items() if value is not None}
        ],
        "RoutingMode": "API_MAPPING_ONLY",
        "Tags": dict(domain.tags),
    }
