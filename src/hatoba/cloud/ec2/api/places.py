"""Regions, availability zones, and what an account may have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.cloud.ec2.control.filters import matching
from hatoba.cloud.ec2.control.zones import REGIONS, zones_of
from hatoba.cloud.ec2.errors import error, invalid_value
from hatoba.cloud.ec2.model import Resource

if TYPE_CHECKING:
    from collections.abc import Iterable

    from types_boto3_ec2.type_defs import (
        DescribeAccountAttributesRequestTypeDef,
        DescribeAvailabilityZonesRequestTypeDef,
        DescribeRegionsRequestTypeDef,
    )

    from hatoba.cloud.ec2.control.filters import Fields
    from hatoba.cloud.ec2.store import Store
    from hatoba.cloud.wire import Call, Result


class PlacesApi:
    """The operations on regions, zones and the account."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def describe_availability_zones(
        self, call: Call, request: DescribeAvailabilityZonesRequestTypeDef
    ) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAvailabilityZones.html."""
        zones = {zone.name: zone for zone in zones_of(call.region)}
        names, ids = request.get("ZoneNames", ()), request.get("ZoneIds", ())
        for wanted in names:
            if wanted not in zones:
                raise invalid_value(f"Invalid availability zone: [{wanted}]")
        fields: Fields[Resource] = {
            "zone-name": lambda each: each.id,
            "zone-id": lambda each: zones[each.id].id,
            "region-name": lambda _: call.region,
            "group-name": lambda _: call.region,
            "zone-type": lambda _: "availability-zone",
            "opt-in-status": lambda _: "opt-in-not-required",
            "state": lambda _: "available",
        }
        chosen = [
            zone
            for zone in zones.values()
            if (not names or zone.name in names) and (not ids or zone.id in ids)
        ]
        passed = matching(
            (Resource(id=zone.name, owner=call.account) for zone in chosen),
            request.get("Filters", ()),
            fields,
        )
        return {
            "AvailabilityZones": [
                {
                    "ZoneName": each.id,
                    "ZoneId": zones[each.id].id,
                    "RegionName": call.region,
                    "GroupName": call.region,
                    "NetworkBorderGroup": call.region,
                    "ZoneType": "availability-zone",
                    "OptInStatus": "opt-in-not-required",
                    "State": "available",
                    "Messages": [],
                }
                for each in passed
            ]
        }

    def describe_regions(self, call: Call, request: DescribeRegionsRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html."""
        for wanted in request.get("RegionNames", ()):
            if wanted not in REGIONS:
                raise invalid_value(f"Invalid region provided: {wanted}")
        fields: Fields[Resource] = {
            "region-name": lambda each: each.id,
            "endpoint": lambda each: _endpoint(each.id),
            "opt-in-status": lambda _: "opt-in-not-required",
        }
        passed = matching(
            (Resource(id=name, owner=call.account) for name in request.get("RegionNames") or REGIONS),
            request.get("Filters", ()),
            fields,
        )
        return {
            "Regions": [
                {
                    "RegionName": each.id,
                    "Endpoint": _endpoint(each.id),
                    "OptInStatus": "opt-in-not-required",
                }
                for each in passed
            ]
        }

    def describe_account_attributes(
        self, call: Call, request: DescribeAccountAttributesRequestTypeDef
    ) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAccountAttributes.html."""
        default = self._store.network(call).default_vpc()
        values: dict[str, list[str]] = {
            "supported-platforms": ["VPC"],
            "default-vpc": [default.id if default else "none"],
            "max-instances": ["20"],
            "vpc-max-security-groups-per-interface": ["5"],
            "max-elastic-ips": ["5"],
            "vpc-max-elastic-ips": ["5"],
        }
        wanted: Iterable[str] = request.get("AttributeNames") or values
        for name in wanted:
            if name not in values:
                raise error("InvalidParameterValue", f"Invalid account attribute: {name}")
        shown: list[dict[str, Any]] = [
            {
                "AttributeName": name,
                "AttributeValues": [{"AttributeValue": value} for value in values[name]],
            }
            for name in wanted
        ]
        return {"AccountAttributes": shown}


def _endpoint(region: str) -> str:
    return f"ec2.{region}.amazonaws.com"
