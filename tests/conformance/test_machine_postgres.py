"""The same sequences of operations on PostgreSQL, directly and behind a server."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

from tests.conformance.test_machine import QueueMachine
from tests.conformance.test_machine_http import HttpMachine

LONG = os.environ.get("HITL_PROOF") == "long"
"""A step costs ten times what it costs on a file: 200 x 50 of them are for the long run."""


class PostgresMachine(QueueMachine):
    engine = "postgres"


class HttpPostgresMachine(HttpMachine):
    engine = "postgres"


def _settings(short: int) -> settings:
    return settings(
        max_examples=200 if LONG else short,
        stateful_step_count=50,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )


TestPostgresMachine = PostgresMachine.TestCase
TestPostgresMachine.settings = _settings(20)
TestHttpPostgresMachine = HttpPostgresMachine.TestCase
TestHttpPostgresMachine.settings = _settings(5)
