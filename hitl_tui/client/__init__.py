"""The producer's side of a queue: hand a case over, wait for its answer, in three lines of Python."""

from hitl_tui.client.errors import (
    HitlConflict,
    HitlError,
    HitlForbidden,
    HitlInvalid,
    HitlNotFound,
    HitlRefused,
    HitlTimeout,
    HitlUnauthenticated,
    HitlUnreachable,
    HitlWithdrawn,
)
from hitl_tui.client.langgraph import from_langgraph, to_langgraph
from hitl_tui.client.producer import AsyncHitl, Hitl
from hitl_tui.client.talk import Submitted
from hitl_tui.model.work import Resolution

__all__ = [
    "AsyncHitl",
    "Hitl",
    "HitlConflict",
    "HitlError",
    "HitlForbidden",
    "HitlInvalid",
    "HitlNotFound",
    "HitlRefused",
    "HitlTimeout",
    "HitlUnauthenticated",
    "HitlUnreachable",
    "HitlWithdrawn",
    "Resolution",
    "Submitted",
    "from_langgraph",
    "to_langgraph",
]
