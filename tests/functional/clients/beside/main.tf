# What such systems have beside them; "words" changes whatever can be changed.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region = "ap-northeast-1"
  default_tags {
    tags = { Owner = "mamezou" }
  }
}

variable "words" { default = "first" }

resource "aws_cognito_user_pool" "p" {
  name                       = "people"
  email_verification_subject = var.words
}

resource "aws_cognito_user_pool_client" "c" {
  name         = "c"
  user_pool_id = aws_cognito_user_pool.p.id
}

resource "aws_cognito_resource_server" "r" {
  identifier   = "sales"
  name         = var.words
  user_pool_id = aws_cognito_user_pool.p.id
  scope {
    scope_name        = "read"
    scope_description = "read"
  }
}

resource "aws_ssm_parameter" "s" {
  name  = "/a"
  type  = "String"
  value = var.words
}

resource "aws_secretsmanager_secret" "s" {
  name                    = "s"
  recovery_window_in_days = 0
  description             = var.words
}

resource "aws_secretsmanager_secret_version" "v" {
  secret_id     = aws_secretsmanager_secret.s.id
  secret_string = var.words
}

resource "aws_ecr_repository" "e" {
  name = "e"
}

resource "aws_scheduler_schedule" "s" {
  name                = "s"
  description         = var.words
  schedule_expression = "rate(1 day)"
  state               = "DISABLED"
  flexible_time_window { mode = "OFF" }
  target {
    arn      = "arn:aws:ecs:ap-northeast-1:000000000000:cluster/c"
    role_arn = aws_iam_role.r.arn
    ecs_parameters {
      task_definition_arn = "arn:aws:ecs:ap-northeast-1:000000000000:task-definition/t:1"
      launch_type         = "FARGATE"
      network_configuration {
        subnets = data.aws_subnets.s.ids
      }
    }
  }
}

data "aws_vpc" "d" { default = true }

data "aws_subnets" "s" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.d.id]
  }
}

resource "aws_iam_role" "r" {
  name               = "r"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "scheduler.amazonaws.com" } }] })
}

resource "aws_iam_policy" "p" {
  name   = "p"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:Get*", Resource = var.words == "first" ? "*" : "arn:aws:s3:::x/*" }] })
}

resource "aws_cloudwatch_event_rule" "r" {
  name                = "r"
  schedule_expression = "rate(5 minutes)"
  state               = "DISABLED"
  description         = var.words
}

resource "aws_cloudwatch_log_metric_filter" "f" {
  name           = "f"
  log_group_name = aws_cloudwatch_log_group.g.name
  pattern        = var.words
  metric_transformation {
    name      = "n"
    namespace = "ns"
    value     = "1"
  }
}

resource "aws_cloudwatch_log_group" "g" { name = "/g" }

resource "aws_cloudwatch_log_resource_policy" "p" {
  policy_name     = "events"
  policy_document = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "logs:PutLogEvents", Resource = "${aws_cloudwatch_log_group.g.arn}:*", Principal = { Service = "events.amazonaws.com" } }] })
}

resource "aws_cloudwatch_event_rule" "failed" {
  name          = "failed"
  description   = var.words
  event_pattern = jsonencode({ source = ["aws.ecs"], detail-type = ["ECS Deployment State Change"], detail = { eventName = [{ prefix = "SERVICE_DEPLOYMENT_" }] } })
}

resource "aws_cloudwatch_event_target" "log" {
  rule = aws_cloudwatch_event_rule.failed.name
  arn  = aws_cloudwatch_log_group.g.arn
  input_transformer {
    input_paths    = { at = "$.time", why = "$.detail.reason" }
    input_template = "{\"timestamp\": <at>, \"message\": \"${var.words}: <why>\"}"
  }
}
