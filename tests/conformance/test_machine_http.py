"""The same sequences of operations over HTTP: a server forgets nothing that its store promises."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hypothesis import HealthCheck, settings

from hitl_tui.queue.protocol import Record
from tests.conformance.over_http import KNOWN
from tests.conformance.test_machine import EXAMPLES, STEPS, QueueMachine
from tests.queue.everybody import Everybody
from tests.queue.serving import Served


class HttpMachine(QueueMachine):
    def __init__(self) -> None:
        self.secrets: dict[tuple[str, str], str] = {}
        super().__init__()

    def opened(self) -> Any:
        return Everybody(Served(self.path, self.clock, secrets=self.secrets), KNOWN)

    def records(self) -> Iterable[Record]:
        # A request a case at every step would take minutes: over HTTP they are read at the end.
        return self.queue.beside.records()  # type: ignore[no-any-return]

    def told(self, state: str) -> str:
        # A reviewer does not learn that others judged otherwise.
        return "resolved" if state == "disputed" else state

    def teardown(self) -> None:
        self.check(self.queue.records())
        super().teardown()


TestHttpMachine = HttpMachine.TestCase
TestHttpMachine.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
