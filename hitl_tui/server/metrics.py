"""What an operator measures: requests, commits and open waits, in Prometheus' text format."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from hitl_tui.queue.protocol import Status

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_OPERATIONS = (1, 2, 4, 8, 16, 32, 64)


class Metrics:
    """The numbers of one server. They say nothing of a case, a reviewer or a verdict."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "hitl_http_requests",
            "Requests answered.",
            ("endpoint", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "hitl_http_request_seconds",
            "Time to the answer, long polls included.",
            ("endpoint",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._commit = Histogram(
            "hitl_commit_operations",
            "Operations in one commit.",
            buckets=_OPERATIONS,
            registry=self._registry,
        )
        self._waits = Gauge("hitl_open_waits", "Long polls that wait now.", registry=self._registry)
        self._fallbacks = Counter(
            "hitl_fallbacks", "Answers given because nobody came in time.", registry=self._registry
        )

    def answered(self, endpoint: str, status: int, seconds: float) -> None:
        """Count one request; `endpoint` is its template, never the path itself."""
        self._requests.labels(endpoint, str(status)).inc()
        self._seconds.labels(endpoint).observe(seconds)

    def committed(self, operations: int) -> None:
        """Count one commit of so many operations."""
        self._commit.observe(operations)

    def fell_back(self, fallbacks: int) -> None:
        """Count the fallbacks of one tick."""
        self._fallbacks.inc(fallbacks)

    def text(self, waits: int, status: Status | None) -> bytes:
        """The exposition; with `status` the counts of cases too, for those who may see them."""
        self._waits.set(waits)
        return generate_latest(self._registry) + (b"" if status is None else _counts(status))


def _counts(status: Status) -> bytes:
    registry = CollectorRegistry()
    cases = Gauge("hitl_cases", "Cases by state.", ("state",), registry=registry)
    for state in ("pending", "leased", "snoozed", "disputed", "resolved"):
        cases.labels(state).set(getattr(status, state))
    Gauge("hitl_verdicts", "Standing verdicts.", registry=registry).set(status.verdicts)
    age = Gauge("hitl_oldest_pending_seconds", "Age of the oldest case.", registry=registry)
    age.set(status.oldest_pending_s or 0)
    return generate_latest(registry)
