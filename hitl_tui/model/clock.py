"""Time as the project keeps it: UTC with microseconds, the clock handed in."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]

_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s*(s|m|h|d)")
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
LONGEST = timedelta(days=36_525)
"""The longest duration: a time so far ahead can still be written down."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH = _EPOCH.replace(tzinfo=None)


def utc_now() -> datetime:
    """The system's clock, in UTC. The one place where the project asks what time it is."""
    return datetime.now(UTC)


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970-01-01T00:00:00Z of an aware `moment`, exactly."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def from_micros(micros: int) -> datetime:
    """The inverse of `to_micros`."""
    return _EPOCH + timedelta(microseconds=micros)


def rfc3339(moment: datetime) -> str:
    """`moment` as RFC 3339 in UTC with six decimals, e.g. `2026-11-22T09:00:00.000000Z`."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def rfc3339_of(micros: int) -> str:
    """The same from microseconds since 1970."""
    return f"{(_NAIVE_EPOCH + timedelta(microseconds=micros)).isoformat(timespec='microseconds')}Z"


def parse_duration(text: str) -> timedelta:
    """A duration such as `90s`, `5m`, `1.5h` or `2d`; ValueError says what is accepted."""
    match = _DURATION.fullmatch(text.strip())
    if match is None or float(match[1]) <= 0:
        raise ValueError("a duration is a positive number and one of s, m, h, d, such as 90s or 5m")
    found = timedelta(seconds=float(match[1]) * _SECONDS[match[2]])
    if found > LONGEST:
        raise ValueError(f"a duration is at most {LONGEST.days} days")
    return found
