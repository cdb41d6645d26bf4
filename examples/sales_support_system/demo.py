"""The Sales Support System from nothing to nothing, each step seen: ``make demo``.

It brings the system up in a folder of its own, asks it as clients would, breaks it twice, and takes it
down. The exit status is 0 only when every step was seen.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

HERE = Path(__file__).parent
CLUSTER, SERVICE, FAMILY = "mz-dev-ecs-cluster", "mz-dev-app", "mz-dev-site"
NAMESPACE = "mz-dev-application-service.internal"
ACCESS_LOG, APP_LOG = "/aws/api-gateway/mz-dev", "/aws/ecs/fargate/mz-dev-app"
ACCESS_LOG_FIELDS = {
    "requestId", "ip", "requestTime", "httpMethod", "routeKey", "path", "status", "protocol",
    "responseLength", "errMsg",
}  # fmt: skip
WITHIN_S = 30.0
T = TypeVar("T")


class NotSeen(Exception):
    """A step did not show what it should."""


@dataclass(frozen=True)
class Answer:
    """One HTTP answer."""

    status: int
    headers: dict[str, str]
    body: str


class System:
    """The running system, as its clients see it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = ""
        self.environment: dict[str, str] = {}

    def hatoba(self, *words: str) -> str:
        """Run a hatoba command in the system's folder; return what it printed to stdout."""
        done = subprocess.run(
            [sys.executable, "-m", "hatoba", *words],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise NotSeen(
                f"hatoba {' '.join(words)} ended with {done.returncode}\n{done.stderr}{done.stdout}"
            )
        return done.stdout

    def client(self, service: str) -> Any:
        """Return a boto3 client, given only what ``hatoba env`` prints."""
        any_client: Any = boto3.client
        return any_client(
            service,
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            region_name=self.environment["AWS_REGION"],
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
            config=Config(inject_host_prefix=False),
        )

    def ask(self, method: str = "GET", path: str = "/", **headers: str) -> Answer:
        """Send one request to the API's endpoint."""
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=10)
        try:
            connection.request(
                method, path, headers={name.replace("_", "-"): text for name, text in headers.items()}
            )
            answer = connection.getresponse()
            named = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, named, answer.read().decode())
        finally:
            connection.close()

    def tasks(self) -> list[str]:
        """Return the ARNs of the tasks that should run."""
        arns: list[str] = self.client("ecs").list_tasks(cluster=CLUSTER, serviceName=SERVICE)["taskArns"]
        return arns


def main() -> int:
    """Run every step; return the exit status."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="hatoba-demo-") as scratch:
        folder = Path(scratch) / "sales_support_system"
        shutil.copytree(HERE, folder, ignore=shutil.ignore_patterns(".hatoba", "__pycache__"))
        system = System(folder)
        try:
            for step in STEPS:
                step(system)
        except NotSeen as error:
            print(f"\nNOT SEEN: {error}", file=sys.stderr)
            subprocess.run([sys.executable, "-m", "hatoba", "down", "--force"], cwd=folder, check=False)
            return 1
    print(f"\nEvery step was seen, in {time.monotonic() - started:.1f} s.")
    return 0


def bring_up(system: System) -> None:
    """Bring the system up and measure until the first good answer."""
    say("hatoba up: definition, plan, CloudFormation template, local cloud, task, Cloud Map, gateway")
    started = time.monotonic()
    outputs = dict(line.split(" = ") for line in system.hatoba("up", "--detach", "--port", "0").splitlines())
    up = time.monotonic()
    system.url = outputs["apigateway_endpoint"]
    token = system.hatoba("token").strip()
    eventually("a first 200", lambda: system.ask(authorization=token).status == 200)
    first = time.monotonic()
    seen(f"the system answers at {system.url}")
    seen(f"up after {up - started:.2f} s; first 200 after {first - started:.2f} s, hatoba token included")
    system.environment = json.loads(system.hatoba("env", "--json"))["environment"]
    seen(f"container engine: {json.loads(system.hatoba('doctor', '--json'))['machine']['container engine']}")
    for task in json.loads(system.hatoba("ps", "--json"))["tasks"]:
        seen(
            f"task {task['task']} is {task['status']} as a {task['runtime']} at {' '.join(task['addresses'])}"
        )


def preflight(system: System) -> None:
    """Ask as a browser does before it sends a request from another origin."""
    say("CORS: a browser's preflight")
    origin = "http://localhost:3000"
    answer = system.ask("OPTIONS", "/", origin=origin, access_control_request_method="GET")
    expect(answer.status == 204, f"204 for a preflight, got {answer.status} {answer.body}")
    expect(
        answer.headers.get("access-control-allow-origin") == origin, f"the origin allowed: {answer.headers}"
    )
    expect("access-control-allow-methods" in answer.headers, f"the methods allowed: {answer.headers}")
    for name, value in sorted(answer.headers.items()):
        if name.startswith("access-control-"):
            seen(f"{name}: {value}")


def bad_tokens(system: System) -> None:
    """Show that nothing but a good token passes."""
    say("JWT authorizer: no token, forged, expired, for another audience")
    missing = system.ask()
    expect(missing.status == 401, f"401 without a token, got {missing.status}")
    seen(f"no token         401  www-authenticate: {missing.headers.get('www-authenticate')}")
    for wrong in ("forged", "expired", "audience"):
        token = system.hatoba("token", "--wrong", wrong).strip()
        answer = system.ask(authorization=f"Bearer {token}")
        expect(answer.status == 401, f"401 for the token that is wrong by {wrong}, got {answer.status}")
        seen(f"{wrong:<16} 401  www-authenticate: {answer.headers.get('www-authenticate')}")


def good_token(system: System) -> None:
    """Get the page."""
    say("A good token reaches the application")
    answer = system.ask(path="/hello", authorization="Bearer " + system.hatoba("token").strip())
    expect(answer.status == 200, f"200, got {answer.status} {answer.body}")
    expect("Congratulations!" in answer.body, f"the page, got {answer.body[:200]}")
    seen(f"200, {len(answer.body)} characters, apigw-requestid {answer.headers.get('apigw-requestid')}")


def access_log(system: System) -> None:
    """Find the request in the stage's access log."""
    say(f"Access log in {ACCESS_LOG}")
    logs = system.client("logs")

    def find() -> dict[str, str] | None:
        for event in logs.filter_log_events(logGroupName=ACCESS_LOG)["events"]:
            line: dict[str, str] = json.loads(event["message"])
            if line["path"] == "/hello" and line["status"] == "200":
                return line
        return None

    line = eventually("the access log line of the request", find)
    expect(set(line) == ACCESS_LOG_FIELDS, f"the ten fields, got {sorted(line)}")
    seen(json.dumps(line))


def application_log(system: System) -> None:
    """Find what the application wrote."""
    say(f"Application log in {APP_LOG}")
    logs = system.client("logs")
    events = eventually(
        "the application's log", lambda: logs.filter_log_events(logGroupName=APP_LOG)["events"]
    )
    stream = events[0]["logStreamName"]
    expect(stream.startswith("mz-dev-app/mz-dev-app/"), f"a stream prefix/container/task-id, got {stream}")
    seen(f"{stream}: {events[-1]['message']}")


def discovery(system: System) -> None:
    """Find the task by name, over the API and over DNS."""
    say(f"Cloud Map: {SERVICE}.{NAMESPACE}")
    discover = system.client("servicediscovery").discover_instances
    instances = discover(NamespaceName=NAMESPACE, ServiceName=SERVICE)["Instances"]
    expect(len(instances) == 1, f"one instance, got {instances}")
    attributes = instances[0]["Attributes"]
    seen(f"DiscoverInstances: {attributes['AWS_INSTANCE_IPV4']}:{attributes['AWS_INSTANCE_PORT']}")
    records = json.loads(system.hatoba("dig", f"{SERVICE}.{NAMESPACE}", "SRV", "--json"))["records"]
    services = [record["value"] for record in records if record["type"] == "SRV"]
    expect(len(services) == 1, f"one SRV record, got {records}")
    expect(services[0].split()[2] == attributes["AWS_INSTANCE_PORT"], f"the same port in {services[0]}")
    seen(f"SRV: {services[0]}")


def kill_the_task(system: System) -> None:
    """Kill the only task while a client keeps asking."""
    say("The task is killed while a client keeps asking")
    ecs = system.client("ecs")
    (old,) = system.tasks()
    with asking(system) as client:
        ecs.stop_task(cluster=CLUSTER, task=old, reason="the demo kills it")
        new = eventually("a new task", lambda: [task for task in system.tasks() if task != old])
        ecs.get_waiter("tasks_running").wait(cluster=CLUSTER, tasks=new, WaiterConfig={"Delay": 1})
        eventually("an answer by the new task", lambda: client.last_status == 200)
    stopped = ecs.describe_tasks(cluster=CLUSTER, tasks=[old])["tasks"][0]
    expect(stopped["stoppedReason"] == "the demo kills it", f"the reason, got {stopped.get('stoppedReason')}")
    seen(f"{old.rpartition('/')[2]} replaced by {new[0].rpartition('/')[2]}")
    seen(f"{client.asked} requests meanwhile, {client.failed} failed")


def break_the_revision(system: System) -> None:
    """Deploy a revision whose image does not exist; the circuit breaker takes it back."""
    say("A broken revision is rolled back by the deployment circuit breaker")
    ecs = system.client("ecs")
    service = ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]
    good = service["taskDefinition"]
    definition = ecs.describe_task_definition(taskDefinition=good)["taskDefinition"]
    container = {**definition["containerDefinitions"][0], "image": "registry.invalid/sales/no-such-image:1"}
    kept = (
        "family",
        "networkMode",
        "requiresCompatibilities",
        "cpu",
        "memory",
        "executionRoleArn",
        "taskRoleArn",
    )
    broken = ecs.register_task_definition(
        containerDefinitions=[container], **{name: definition[name] for name in kept if name in definition}
    )["taskDefinition"]["taskDefinitionArn"]
    with asking(system) as client:
        ecs.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition=broken)

        def rolled_back() -> bool:
            now = ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]
            done = [each["rolloutState"] for each in now["deployments"]] == ["COMPLETED"]
            return bool(done and now["taskDefinition"] == good)

        eventually("the rollback", rolled_back, within_s=90)
    events = [
        event["message"]
        for event in ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]["events"]
    ]
    for wanted in ("deployment failed: tasks failed to start.", "rolling back to deployment"):
        event = next((event for event in events if wanted in event), None)
        expect(event is not None, f"an event with “{wanted}”, got {events}")
        seen(str(event))
    expect(client.failed == 0, f"no failed request, got {client.failed} of {client.asked}")
    seen(f"{client.asked} requests meanwhile, {client.failed} failed")


def take_down(system: System) -> None:
    """Remove everything."""
    say("hatoba down")
    system.hatoba("down", "--yes")
    expect(not (system.folder / ".hatoba").exists(), "the state folder is gone")
    left = [line for line in processes() if str(system.folder) in line]
    expect(not left, f"no process is left, got {left}")
    again = subprocess.run(
        [sys.executable, "-m", "hatoba", "down"],
        cwd=system.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    # It looks for processes and containers of the folder too, and names what it finds.
    expect(again.stderr.strip() == "Nothing was up.", f"nothing to sweep, got {again.stderr}")
    seen("no process, no container, no state is left")


STEPS: tuple[Callable[[System], None], ...] = (
    bring_up,
    preflight,
    bad_tokens,
    good_token,
    access_log,
    application_log,
    discovery,
    kill_the_task,
    break_the_revision,
    take_down,
)


@dataclass
class Client:
    """Somebody who keeps asking, and counts."""

    asked: int = 0
    failed: int = 0
    last_status: int = 0
    stop: threading.Event = field(default_factory=threading.Event)


@contextmanager
def asking(system: System) -> Iterator[Client]:
    """Ask every few milliseconds, in a thread, as long as the block runs."""
    client = Client()
    token = system.hatoba("token").strip()

    def keep_asking() -> None:
        while not client.stop.wait(0.005):
            client.asked += 1
            try:
                client.last_status = system.ask(authorization=token).status
            except OSError:
                client.last_status = 0
            client.failed += client.last_status != 200

    thread = threading.Thread(target=keep_asking)
    thread.start()
    try:
        yield client
    finally:
        client.stop.set()
        thread.join()


def processes() -> list[str]:
    """Return the command lines and working folders of this user's processes, without our own."""
    import psutil

    lines = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid():
                lines.append(f"{process.pid} {process.cwd()} {' '.join(process.cmdline())}")
        except psutil.Error:
            continue
    return lines


def eventually(what: str, condition: Callable[[], T | None], within_s: float = WITHIN_S) -> T:
    """Return the condition's first truthy value within the time."""
    deadline = time.monotonic() + within_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise NotSeen(f"{what} within {within_s:.0f} s")
        time.sleep(0.02)


def expect(holds: bool, what: str) -> None:  # noqa: FBT001 - reads as a sentence
    """Go on only if it holds."""
    if not holds:
        raise NotSeen(what)


def say(text: str) -> None:
    """Announce a step."""
    print(f"\n== {text}", flush=True)


def seen(text: str) -> None:
    """Report what was seen."""
    print(f"   {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
