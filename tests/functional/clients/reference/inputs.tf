# What differs from environment to environment: the reference system's inputs, by the team's names.

variable "vpc_id" {
  type = string
}

variable "private_subnet_ids" {
  type = list(string)
}

variable "default_security_group_id" {
  type = string
}

variable "allow_origins" {
  type = list(string)
}

variable "cors_max_age" {
  type    = number
  default = 80000
}

variable "log_retention_in_days" {
  type    = number
  default = 7
}

variable "cognito_user_pool_endpoint" {
  type = string
}

variable "user_pool_client_ids" {
  type = list(string)
}

variable "ecs_task" {
  type = object({ memory = number, cpu = number })
  default = {
    memory = 512
    cpu    = 256
  }
}

variable "ecs_service" {
  type = object({ desired_count = number, http_methods = set(string) })
  default = {
    desired_count = 1
    http_methods  = ["GET"]
  }
}

# What a change of the system itself would be: every part that can be changed in place has a switch here.

variable "image" {
  type    = string
  default = "public.ecr.aws/docker/library/httpd:latest"
}

variable "environment" {
  type    = map(string)
  default = {}
}

variable "is_second" {
  type    = bool
  default = false
}
