"""The local issuer: keys and tokens for Cognito user pools that stand locally."""
