# The reference system as a team on Terraform would write it. Nothing here knows of a local cloud.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  default_tags {
    tags = {
      Owner       = "mamezou"
      Environment = "mz-dev-site"
      SystemName  = "Mamezou Developer Site Example System"
      Stage       = var.is_second ? "second" : "first"
    }
  }
}

data "aws_region" "here" {}

locals {
  prefix = "mz-dev"
  app    = "${local.prefix}-app"
}

output "apigateway_endpoint" {
  value = aws_apigatewayv2_api.entry.api_endpoint
}

output "ecs_security_group_id" {
  value = aws_security_group.app.id
}

output "ecs_cluster_arn" {
  value = aws_ecs_cluster.main.arn
}
