"""``hatoba up --enforce-security-groups``: what the groups do not let through is answered with 503."""

from __future__ import annotations

import json
from pathlib import Path

from hatoba.cloud.server import runfile
from tests.support.cloud import RunningCloud, get
from tests.support.command import Hatoba
from tests.support.waiting import wait_until


def test_a_task_is_reached_once_its_group_lets_the_link_in(tmp_path: Path) -> None:
    hatoba = Hatoba.with_example("sales_support_system", tmp_path)
    try:
        hatoba("up", "--detach", "--runtime", "process", "--enforce-security-groups", "--port", "0")
        outputs = hatoba.json("status")["outputs"]
        url, token = outputs["apigateway_endpoint"] + "/", hatoba("token").strip()
        run = runfile.read(hatoba.folder / ".hatoba")
        assert run is not None
        ec2 = RunningCloud(hatoba.folder, run).client("ec2")
        group = outputs["ecs_security_group_id"]
        everybody = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80}
        wanted = [{**everybody, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]

        # The group admits 10.0.0.0/16; the VPC that stands here is another.
        assert get(url, token) == (503, '{"message":"Service Unavailable"}')
        logged = wait_until(
            lambda: [
                line for line in hatoba("logs", "/aws/api-gateway/mz-dev").splitlines() if group in line
            ],
            what="the reason in the access log",
        )
        line = json.loads(logged[0][logged[0].index("{") :])
        assert "let nothing in on TCP 80 from the VPC link's" in line["errMsg"]

        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=wanted)
        wait_until(lambda: get(url, token)[0] == 200, what="the way through")

        ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=wanted)
        wait_until(lambda: get(url, token)[0] == 503, what="the wall")
    finally:
        hatoba.run("down")
