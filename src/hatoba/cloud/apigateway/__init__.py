"""Amazon API Gateway HTTP APIs: the control plane, and the compiler of what the gateway serves.

::

    api/*          one function per operation: parse the request, ask control, keep the record
      │ control/   the rules: route keys, mappings, formats, conflicts (pure)
      │ openapi/   an API as a document, in and out (pure)
      ▼
    store          apis, routes, integrations, authorizers, stages, deployments, VPC links, domain names
      │ changes    (with those of Cloud Map's instances, of listeners' targets, and of issuers' keys)
      ▼
    act            compile ─→ Snapshot ─→ gateway.push ─→ traffic
    deliver        access-log lines of the gateway ─→ the stage's log group

A deployment is an immutable copy of an API's configuration; a stage serves one. With auto-deploy every
change makes a deployment in the same transaction, so what an answered call changed is what is compiled.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html
"""

from hatoba.cloud.apigateway.service import ApiGateway

__all__ = ["ApiGateway"]
