# The cluster, the tasks, and the name under which they are found.

resource "aws_ecs_cluster" "main" {
  name = "${local.prefix}-ecs-cluster"

  setting {
    name  = "containerInsights"
    value = var.is_second ? "enabled" : "disabled"
  }
}

resource "aws_ecs_cluster_capacity_providers" "main" {
  cluster_name       = aws_ecs_cluster.main.name
  capacity_providers = ["FARGATE"]
}

resource "aws_cloudwatch_log_group" "app" {
  name              = "/aws/ecs/fargate/${local.app}"
  retention_in_days = var.log_retention_in_days
}

resource "aws_security_group" "app" {
  name   = "${local.prefix}-ecs-sg"
  vpc_id = var.vpc_id
  tags   = { Name = "${local.prefix}-ecs-security-group" }

  ingress {
    protocol    = "tcp"
    from_port   = 80
    to_port     = 80
    cidr_blocks = var.is_second ? ["10.0.0.0/16", "10.1.0.0/16"] : ["10.0.0.0/16"]
  }

  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_service_discovery_private_dns_namespace" "main" {
  name = "${local.prefix}-application-service.internal"
  vpc  = var.vpc_id

  description = var.is_second ? "names of the tasks" : "names"
}

resource "aws_service_discovery_service" "app" {
  name = local.app

  dns_config {
    namespace_id = aws_service_discovery_private_dns_namespace.main.id
    dns_records {
      type = "SRV"
      ttl  = var.is_second ? 60 : 300
    }
  }

  health_check_custom_config {
    failure_threshold = 1
  }
}

resource "aws_ecs_task_definition" "app" {
  family                   = "${local.prefix}-site"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.ecs_task.cpu
  memory                   = var.ecs_task.memory
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn

  container_definitions = jsonencode([{
    name         = local.app
    image        = var.image
    essential    = true
    portMappings = [{ containerPort = 80, hostPort = 80, protocol = "tcp" }]
    entryPoint   = ["sh", "-c"]
    command = [
      "echo '<title>Amazon ECS Sample App</title><h1>Congratulations!</h1>' > htdocs/index.html && exec httpd-foreground"
    ]
    environment = [for name, value in var.environment : { name = name, value = value }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.app.name
        awslogs-region        = data.aws_region.here.name
        awslogs-stream-prefix = local.app
      }
    }
  }])
}

resource "aws_ecs_service" "app" {
  name                 = local.app
  cluster              = aws_ecs_cluster.main.id
  task_definition      = aws_ecs_task_definition.app.arn
  launch_type          = "FARGATE"
  desired_count        = var.ecs_service.desired_count
  force_new_deployment = true

  network_configuration {
    subnets         = var.private_subnet_ids
    security_groups = [aws_security_group.app.id]
  }

  service_registries {
    registry_arn   = aws_service_discovery_service.app.arn
    container_name = local.app
    container_port = 80
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  depends_on = [aws_ecs_cluster_capacity_providers.main]
}
