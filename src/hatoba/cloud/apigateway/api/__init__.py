"""API Gateway's operations, one module for each noun, one method for each operation.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/
"""
