terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "ttl" { default = 300 }
variable "extra_tags" {
  type    = map(string)
  default = {}
}

provider "aws" {
  default_tags {
    tags = merge({ Owner = "mamezou" }, var.extra_tags)
  }
}

data "aws_availability_zones" "all" {}

data "aws_vpc" "default" { default = true }

data "aws_subnets" "default" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.default.id]
  }
}

resource "aws_vpc" "main" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = true
  tags                 = { Name = "main" }
}

resource "aws_subnet" "main" {
  for_each          = { for index, zone in data.aws_availability_zones.all.names : zone => index }
  vpc_id            = aws_vpc.main.id
  availability_zone = each.key
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, each.value)
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_eip" "nat" {
  domain     = "vpc"
  depends_on = [aws_internet_gateway.main]
}

resource "aws_nat_gateway" "main" {
  allocation_id = aws_eip.nat.id
  subnet_id     = values(aws_subnet.main)[0].id
}

resource "aws_route_table" "main" {
  vpc_id = aws_vpc.main.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.main.id
  }
}

resource "aws_route_table_association" "main" {
  subnet_id      = values(aws_subnet.main)[1].id
  route_table_id = aws_route_table.main.id
}

resource "aws_security_group" "inline" {
  name   = "mz-dev-ecs-sg"
  vpc_id = aws_vpc.main.id
  ingress {
    from_port   = 80
    to_port     = 80
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/16"]
  }
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
  tags = { Name = "mz-dev-ecs-security-group" }
}

resource "aws_security_group" "by_rules" {
  name   = "by-rules"
  vpc_id = aws_vpc.main.id
}

resource "aws_vpc_security_group_ingress_rule" "from_inline" {
  security_group_id            = aws_security_group.by_rules.id
  referenced_security_group_id = aws_security_group.inline.id
  ip_protocol                  = "tcp"
  from_port                    = 8080
  to_port                      = 8090
}

resource "aws_vpc_security_group_egress_rule" "all" {
  security_group_id = aws_security_group.by_rules.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"
}

resource "aws_vpc_endpoint" "s3" {
  vpc_id          = aws_vpc.main.id
  service_name    = "com.amazonaws.ap-northeast-1.s3"
  route_table_ids = [aws_route_table.main.id]
}

resource "aws_service_discovery_private_dns_namespace" "app" {
  name = "mz-dev-application-service.internal"
  vpc  = aws_vpc.main.id
}

resource "aws_service_discovery_service" "app" {
  name = "mz-dev-app"
  dns_config {
    namespace_id   = aws_service_discovery_private_dns_namespace.app.id
    routing_policy = "MULTIVALUE"
    dns_records {
      type = "SRV"
      ttl  = var.ttl
    }
  }
  health_check_custom_config {
    failure_threshold = 1
  }
}

resource "aws_service_discovery_http_namespace" "api" {
  name        = "api"
  description = "for the API only"
}

resource "aws_service_discovery_instance" "task" {
  service_id  = aws_service_discovery_service.app.id
  instance_id = "task-1"
  attributes = {
    AWS_INSTANCE_IPV4 = "10.0.0.9"
    AWS_INSTANCE_PORT = "8080"
  }
}

output "default_subnets" { value = length(data.aws_subnets.default.ids) }
output "hosted_zone" { value = aws_service_discovery_private_dns_namespace.app.hosted_zone }
