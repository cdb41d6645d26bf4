"""An HTTP API as an OpenAPI 3.0 document, with API Gateway's extensions for what this cloud has. Pure.

::

    text ─→ document ─→ read ─→ Definition (routes, integrations, authorizers, remarks)   ImportApi
    Configuration ─→ write ─→ document ─→ text                                            ExportApi

What a document says and this cloud would not do is refused; what HTTP APIs have no use for is named in
``ImportInfo``; what cannot be made as it stands is left out with a warning.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html
"""

from hatoba.cloud.apigateway.openapi.read import read_definition
from hatoba.cloud.apigateway.openapi.records import Definition, ImportedRoute
from hatoba.cloud.apigateway.openapi.write import write_document

__all__ = ["Definition", "ImportedRoute", "read_definition", "write_document"]
