# The HTTP API: who may enter, and where to.

resource "aws_cloudwatch_log_group" "entry" {
  name              = "/aws/api-gateway/${local.prefix}${var.is_second ? "-2" : ""}"
  retention_in_days = var.log_retention_in_days
}

resource "aws_apigatewayv2_api" "entry" {
  name          = "${local.prefix}-api-gateway"
  description   = var.is_second ? "the way in" : null
  protocol_type = "HTTP"

  cors_configuration {
    allow_origins     = var.allow_origins
    allow_headers     = ["authorization", "origin", "content-type", "accept", "x-requested-with"]
    allow_methods     = ["GET", "POST", "DELETE", "PUT"]
    allow_credentials = true
    max_age           = var.cors_max_age
  }
}

resource "aws_apigatewayv2_stage" "default" {
  api_id      = aws_apigatewayv2_api.entry.id
  name        = "$default"
  auto_deploy = true

  default_route_settings {
    throttling_burst_limit = var.is_second ? 200 : 100
    throttling_rate_limit  = 100
  }

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.entry.arn
    format = jsonencode({
      requestId      = "$context.requestId"
      ip             = "$context.identity.sourceIp"
      requestTime    = "$context.requestTime"
      httpMethod     = "$context.httpMethod"
      routeKey       = "$context.routeKey"
      path           = "$context.path"
      status         = "$context.status"
      protocol       = "$context.protocol"
      responseLength = "$context.responseLength"
      errMsg         = "$context.integrationErrorMessage"
    })
  }
}

resource "aws_apigatewayv2_vpc_link" "tasks" {
  name               = "${local.prefix}-vpc-link${var.is_second ? "-2" : ""}"
  security_group_ids = [var.default_security_group_id]
  subnet_ids         = var.private_subnet_ids
}

resource "aws_apigatewayv2_integration" "app" {
  api_id             = aws_apigatewayv2_api.entry.id
  integration_type   = "HTTP_PROXY"
  integration_method = "ANY"
  connection_type    = "VPC_LINK"
  connection_id      = aws_apigatewayv2_vpc_link.tasks.id
  integration_uri    = aws_service_discovery_service.app.arn

  timeout_milliseconds = var.is_second ? 20000 : 30000
}

resource "aws_apigatewayv2_authorizer" "jwt" {
  api_id           = aws_apigatewayv2_api.entry.id
  name             = "${local.prefix}-jwt-authorizer"
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]

  jwt_configuration {
    issuer   = "https://${var.cognito_user_pool_endpoint}"
    audience = concat(var.user_pool_client_ids, var.is_second ? ["another-client"] : [])
  }
}

resource "aws_apigatewayv2_route" "app" {
  for_each = var.ecs_service.http_methods

  api_id             = aws_apigatewayv2_api.entry.id
  route_key          = "${each.value} /{proxy+}"
  target             = "integrations/${aws_apigatewayv2_integration.app.id}"
  authorization_type = "JWT"
  authorizer_id      = aws_apigatewayv2_authorizer.jwt.id
}
