// The same kind of system as a team on the AWS CDK would write it. Nothing here knows of a local cloud.

const { App, CfnOutput, Duration, RemovalPolicy, Stack, Tags } = require("aws-cdk-lib");
const ec2 = require("aws-cdk-lib/aws-ec2");
const ecs = require("aws-cdk-lib/aws-ecs");
const iam = require("aws-cdk-lib/aws-iam");
const logs = require("aws-cdk-lib/aws-logs");
const cloudmap = require("aws-cdk-lib/aws-servicediscovery");
const api = require("aws-cdk-lib/aws-apigatewayv2");
const { HttpServiceDiscoveryIntegration } = require("aws-cdk-lib/aws-apigatewayv2-integrations");
const { HttpJwtAuthorizer } = require("aws-cdk-lib/aws-apigatewayv2-authorizers");

class SalesSupport extends Stack {
  constructor(scope, id, props) {
    super(scope, id, props);
    const { desiredCount, methods, retention, environment, issuer, audience } = props;

    const vpc = ec2.Vpc.fromLookup(this, "Vpc", { isDefault: true });
    const vpcSubnets = { subnetType: ec2.SubnetType.PUBLIC };
    const logGroup = (name, logGroupName) =>
      new logs.LogGroup(this, name, { logGroupName, retention, removalPolicy: RemovalPolicy.DESTROY });

    const cluster = new ecs.Cluster(this, "Cluster", { vpc, enableFargateCapacityProviders: true });
    const namespace = new cloudmap.PrivateDnsNamespace(this, "Namespace", { name: "cdk.internal", vpc });

    const definition = new ecs.FargateTaskDefinition(this, "Task", { cpu: 256, memoryLimitMiB: 512 });
    definition.addToTaskRolePolicy(
      new iam.PolicyStatement({ actions: ["cloudwatch:PutMetricData"], resources: ["*"] }),
    );
    const container = definition.addContainer("app", {
      image: ecs.ContainerImage.fromRegistry("public.ecr.aws/docker/library/httpd:latest"),
      portMappings: [{ containerPort: 80 }],
      environment,
      logging: ecs.LogDrivers.awsLogs({ streamPrefix: "app", logGroup: logGroup("AppLog", "/cdk/app") }),
    });

    const service = new ecs.FargateService(this, "Service", {
      cluster,
      taskDefinition: definition,
      desiredCount,
      assignPublicIp: true,
      vpcSubnets,
      minHealthyPercent: 100,
      circuitBreaker: { rollback: true },
      cloudMapOptions: {
        cloudMapNamespace: namespace,
        name: "app",
        dnsRecordType: cloudmap.DnsRecordType.SRV,
        dnsTtl: Duration.minutes(5),
        container,
        containerPort: 80,
      },
    });
    service.connections.allowFrom(ec2.Peer.ipv4("10.0.0.0/16"), ec2.Port.tcp(80));

    const entry = new api.HttpApi(this, "Api", {
      createDefaultStage: false,
      corsPreflight: { allowOrigins: ["http://localhost:3000"], allowHeaders: ["authorization"] },
    });
    new api.HttpStage(this, "Stage", {
      httpApi: entry,
      stageName: "$default",
      autoDeploy: true,
      accessLogSettings: { destination: new api.LogGroupLogDestination(logGroup("EntryLog", "/cdk/entry")) },
    });
    const vpcLink = new api.VpcLink(this, "Link", { vpc, subnets: vpcSubnets });
    entry.addRoutes({
      path: "/{proxy+}",
      methods,
      integration: new HttpServiceDiscoveryIntegration("Integration", service.cloudMapService, { vpcLink }),
      authorizer: new HttpJwtAuthorizer("Jwt", issuer, { jwtAudience: audience }),
    });
    new CfnOutput(this, "ApiEndpoint", { value: entry.apiEndpoint });
    Tags.of(this).add("Owner", "mamezou");
  }
}

const app = new App();
const given = (name, otherwise) => app.node.tryGetContext(name) ?? otherwise;
new SalesSupport(app, "sales-support", {
  env: { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION },
  issuer: `https://${given("pool")}`,
  audience: [given("client")],
  desiredCount: Number(given("count", 1)),
  methods: given("methods", "GET").split(","),
  retention: Number(given("retention", logs.RetentionDays.ONE_WEEK)),
  environment: { GREETING: given("greeting", "hello") },
});
