# The load balancers stand already: Terraform waits a minute for each that it makes, however soon it is there.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  default_tags { tags = { Owner = "mamezou" } }
}

variable "health_path" { default = "/health" }

data "aws_vpc" "it" { default = true }

data "aws_subnets" "it" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.it.id]
  }
}

data "aws_lb" "application" { name = "application" }

resource "aws_lb_target_group" "web" {
  name                 = "web"
  port                 = 80
  protocol             = "HTTP"
  target_type          = "ip"
  vpc_id               = data.aws_vpc.it.id
  deregistration_delay = 5
  health_check {
    path    = var.health_path
    matcher = "200-299"
  }
}

resource "aws_lb_target_group_attachment" "web" {
  target_group_arn = aws_lb_target_group.web.arn
  target_id        = "127.0.0.1"
  port             = 9
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = data.aws_lb.application.arn
  port              = 80
  protocol          = "HTTP"
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.web.arn
  }
}

resource "aws_lb_listener_rule" "closed" {
  listener_arn = aws_lb_listener.http.arn
  priority     = 10
  action {
    type = "fixed-response"
    fixed_response {
      content_type = "text/plain"
      message_body = "closed"
      status_code  = "503"
    }
  }
  condition {
    path_pattern { values = ["/closed/*"] }
  }
  condition {
    http_header {
      http_header_name = "X-Stage"
      values           = ["test*"]
    }
  }
}

data "aws_lb" "network" { name = "network" }

resource "aws_lb_target_group" "tcp" {
  name        = "tcp"
  port        = 80
  protocol    = "TCP"
  target_type = "ip"
  vpc_id      = data.aws_vpc.it.id
}

resource "aws_lb_listener" "tcp" {
  load_balancer_arn = data.aws_lb.network.arn
  port              = 80
  protocol          = "TCP"
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.tcp.arn
  }
}

resource "aws_apigatewayv2_vpc_link" "it" {
  name               = "link"
  subnet_ids         = slice(data.aws_subnets.it.ids, 0, 2)
  security_group_ids = []
}

resource "aws_apigatewayv2_api" "it" {
  name          = "api"
  protocol_type = "HTTP"
}

resource "aws_apigatewayv2_integration" "it" {
  api_id             = aws_apigatewayv2_api.it.id
  integration_type   = "HTTP_PROXY"
  integration_method = "ANY"
  connection_type    = "VPC_LINK"
  connection_id      = aws_apigatewayv2_vpc_link.it.id
  integration_uri    = aws_lb_listener.http.arn
}
