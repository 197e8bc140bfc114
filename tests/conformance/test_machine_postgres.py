"""The same sequences of operations on PostgreSQL, directly and behind a server."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from tests.conformance.test_machine import LONG, QueueMachine
from tests.conformance.test_machine_http import HttpMachine


class PostgresMachine(QueueMachine):
    engine = "postgres"


class HttpPostgresMachine(HttpMachine):
    engine = "postgres"


def _settings(short: int) -> settings:
    return settings(
        max_examples=200 if LONG else short,
        stateful_step_count=50 if LONG else 25,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )


TestPostgresMachine = PostgresMachine.TestCase
TestPostgresMachine.settings = _settings(20)
TestHttpPostgresMachine = HttpPostgresMachine.TestCase
TestHttpPostgresMachine.settings = _settings(5)
