"""Elastic Load Balancing: Application and Network Load Balancers behind an HTTP API's private integration.

::

    API call ─→ api ─→ store: load balancers, listeners, rules, target groups, targets
                │ control/   rules, attributes, health checks: what may be, and what a check means (pure)
                ▼ changes
    act.watch    checks each target that a listener uses: HTTP or TCP, real connections
                 initial ─→ healthy ⇄ unhealthy;  draining ─→ gone
                ▼ changes
    picture      a listener's rules with the targets that get traffic ─→ API Gateway's snapshot ─→ gateway

ECS registers the tasks of a service by this API, and asks it for their health. There is no address to
connect to: traffic comes by an HTTP API's VPC link, and the gateway carries the listener's rules out.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/introduction.html
"""

from hatoba.cloud.loadbalancing.service import LoadBalancing

__all__ = ["LoadBalancing"]
