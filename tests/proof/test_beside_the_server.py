"""Other programs work on the file of a running server: they see its work, and it loses none."""

from __future__ import annotations

import subprocess
import sys

from hitl_tui.client import Hitl
from tests.client.served import Served
from tests.queue.places import violations

ROUNDS = 5


def test_programs_that_come_and_go_take_nothing_from_the_server(served: Served) -> None:
    secret = served.token("producer", "app")
    served.start()
    with Hitl(served.url, secret) as hitl:
        for number in range(ROUNDS):
            hitl.submit({"id": f"c{number}", "output": "60 days"})
            command = (sys.executable, "-m", "hitl_tui", "verdict", f"c{number}", "approve")
            judged = subprocess.run(
                (*command, "--queue", str(served.path), "--reviewer", "alice"),
                cwd=served.home,
                env=served.environment(),
                capture_output=True,
                text=True,
                check=False,
            )
            assert judged.returncode == 0, judged.stderr
            assert hitl.wait_for(f"c{number}", timeout=10).decision == "approve"
    served.kill()
    queue = served.open()
    assert [record.state for record in queue.records()] == ["resolved"] * ROUNDS
    queue.close()
    assert violations(served.path) == []
