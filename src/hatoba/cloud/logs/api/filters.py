"""Metric and subscription filters, kept as records; filter patterns tried out."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from hatoba.cloud.logs.errors import invalid, no_filter, over_limit
from hatoba.cloud.logs.model import MetricFilter, MetricTransformation, SubscriptionFilter
from hatoba.cloud.logs.pattern import BadPattern, compile_pattern
from hatoba.cloud.logs.refusing import refusing
from hatoba.cloud.wire.pages import InvalidToken, page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from types_boto3_logs.type_defs import (
        DeleteMetricFilterRequestTypeDef,
        DeleteSubscriptionFilterRequestTypeDef,
        DescribeMetricFiltersRequestTypeDef,
        DescribeSubscriptionFiltersRequestTypeDef,
        PutMetricFilterRequestTypeDef,
        PutSubscriptionFilterRequestTypeDef,
        TestMetricFilterRequestTypeDef,
    )

    from hatoba.cloud.logs.pattern import Pattern
    from hatoba.cloud.logs.store import LogStore
    from hatoba.cloud.wire import Call, Operations, Result

    F = TypeVar("F", MetricFilter, SubscriptionFilter)

PAGE = 50
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
MAX_METRIC_FILTERS = 100
MAX_SUBSCRIPTION_FILTERS = 2


class FilterOperations:
    """The operations on metric and subscription filters."""

    def __init__(self, store: LogStore) -> None:
        self._store = store

    def register(self, operations: Operations) -> None:
        """Add them to the service's table."""
        selection = ("applyOnTransformedLogs", "fieldSelectionCriteria")
        operations.add("TestMetricFilter", self.test)
        operations.add(
            "PutMetricFilter", refusing(self.put_metric_filter, *selection, "emitSystemFieldDimensions")
        )
        operations.add("DescribeMetricFilters", self.describe_metric_filters)
        operations.add("DeleteMetricFilter", self.delete_metric_filter)
        operations.add(
            "PutSubscriptionFilter", refusing(self.put_subscription_filter, *selection, "emitSystemFields")
        )
        operations.add("DescribeSubscriptionFilters", self.describe_subscription_filters)
        operations.add("DeleteSubscriptionFilter", self.delete_subscription_filter)

    def test(self, call: Call, request: TestMetricFilterRequestTypeDef) -> Result:
        """Say which messages match, with the fields that the pattern names."""
        del call
        pattern = readable(request["filterPattern"])
        return {
            "matches": [
                {
                    "eventNumber": number,
                    "eventMessage": message,
                    "extractedValues": pattern.extracted(message),
                }
                for number, message in enumerate(request["logEventMessages"], 1)
                if pattern.matches(message)
            ]
        }

    def put_metric_filter(self, call: Call, request: PutMetricFilterRequestTypeDef) -> Result:
        """Keep a metric filter, in place of one of the same name."""
        group = self._store.group(call.scope, request["logGroupName"])
        readable(request["filterPattern"])
        (given,) = request["metricTransformations"]
        kept = self._store.metric_filters.list(call.scope, f"{group.name}\n")
        name = request["filterName"]
        if len(kept) >= MAX_METRIC_FILTERS and all(each.name != name for each in kept):
            raise over_limit()
        transformation = MetricTransformation(
            given["metricName"],
            given["metricNamespace"],
            given["metricValue"],
            given.get("defaultValue"),
            given.get("unit"),
            dict(given.get("dimensions", {})),
        )
        self._store.metric_filters.put(
            call.scope,
            MetricFilter(group.name, name, request["filterPattern"], int(call.now * 1000), transformation),
        )
        return {}

    def describe_metric_filters(self, call: Call, request: DescribeMetricFiltersRequestTypeDef) -> Result:
        """Return metric filters of one group or of all, by name or by metric."""
        metric, namespace = request.get("metricName"), request.get("metricNamespace")
        if bool(metric) != bool(namespace):
            raise invalid("metricName and metricNamespace must be given together.")
        group = request.get("logGroupName")
        if group:
            self._store.group(call.scope, group)
        filters = [
            each
            for each in self._store.metric_filters.list(call.scope, f"{group}\n" if group else "")
            if each.name.startswith(request.get("filterNamePrefix", ""))
            and metric in {None, each.transformation.name}
            and namespace in {None, each.transformation.namespace}
        ]
        chosen, token = _page(filters, request.get("nextToken"), request.get("limit", PAGE))
        return {"metricFilters": [_metric_filter(each) for each in chosen], "nextToken": token}

    def delete_metric_filter(self, call: Call, request: DeleteMetricFilterRequestTypeDef) -> Result:
        """Forget a metric filter."""
        group = self._store.group(call.scope, request["logGroupName"])
        if not self._store.metric_filters.delete(call.scope, f"{group.name}\n{request['filterName']}"):
            raise no_filter("metric")
        return {}

    def put_subscription_filter(self, call: Call, request: PutSubscriptionFilterRequestTypeDef) -> Result:
        """Keep a subscription filter, in place of one of the same name; a group has two at the most."""
        group = self._store.group(call.scope, request["logGroupName"])
        readable(request["filterPattern"])
        kept = self._store.subscription_filters.list(call.scope, f"{group.name}\n")
        name = request["filterName"]
        if len(kept) >= MAX_SUBSCRIPTION_FILTERS and all(each.name != name for each in kept):
            raise over_limit()
        self._store.subscription_filters.put(
            call.scope,
            SubscriptionFilter(
                group.name,
                name,
                request["filterPattern"],
                int(call.now * 1000),
                request["destinationArn"],
                request.get("roleArn"),
                request.get("distribution", "ByLogStream"),
            ),
        )
        return {}

    def describe_subscription_filters(
        self, call: Call, request: DescribeSubscriptionFiltersRequestTypeDef
    ) -> Result:
        """Return a group's subscription filters."""
        group = self._store.group(call.scope, request["logGroupName"])
        prefix = f"{group.name}\n{request.get('filterNamePrefix', '')}"
        filters = self._store.subscription_filters.list(call.scope, prefix)
        chosen, token = _page(filters, request.get("nextToken"), request.get("limit", PAGE))
        return {"subscriptionFilters": [_subscription_filter(each) for each in chosen], "nextToken": token}

    def delete_subscription_filter(
        self, call: Call, request: DeleteSubscriptionFilterRequestTypeDef
    ) -> Result:
        """Forget a subscription filter."""
        group = self._store.group(call.scope, request["logGroupName"])
        if not self._store.subscription_filters.delete(call.scope, f"{group.name}\n{request['filterName']}"):
            raise no_filter("subscription")
        return {}


def readable(pattern: str) -> Pattern:
    """Return a filter pattern that can be read, or raise ``InvalidParameterException``."""
    try:
        return compile_pattern(pattern)
    except BadPattern as error:
        raise invalid(f"Invalid filter pattern: {error}") from error


def _page(filters: Sequence[F], token: str | None, limit: int) -> tuple[list[F], str | None]:
    try:
        return page(filters, token=token, limit=limit, key=lambda each: each.key)
    except InvalidToken as error:
        raise invalid("The specified nextToken is invalid.") from error


def _metric_filter(kept: MetricFilter) -> dict[str, object]:
    made = kept.transformation
    return {
        "filterName": kept.name,
        "filterPattern": kept.pattern,
        "metricTransformations": [
            {
                "metricName": made.name,
                "metricNamespace": made.namespace,
                "metricValue": made.value,
                "defaultValue": made.default,
                "dimensions": made.dimensions or None,
                "unit": made.unit,
            }
        ],
        "creationTime": kept.created,
        "logGroupName": kept.group,
        "applyOnTransformedLogs": False,
    }


def _subscription_filter(kept: SubscriptionFilter) -> dict[str, object]:
    return {
        "filterName": kept.name,
        "logGroupName": kept.group,
        "filterPattern": kept.pattern,
        "destinationArn": kept.destination_arn,
        "roleArn": kept.role_arn,
        "distribution": kept.distribution,
        "applyOnTransformedLogs": False,
        "creationTime": kept.created,
    }
