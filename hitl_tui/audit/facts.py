"""Facts: what the tables say of cases and tokens, and where they say something else than the trail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Literal

from hitl_tui.audit.chain import Verification
from hitl_tui.model.text import Shown, message

Standing = Literal["counts", "stands", "late", "undone"]


@dataclass(frozen=True, slots=True)
class VerdictFacts:
    """A verdict as the trail knows it. `stands` without counting is an escalation."""

    reviewer: str
    decision: str
    digest: str
    adopted: bool
    standing: Standing


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """A case as the trail knows it. `leases` are the live ones, token to reviewer; `due` RFC 3339.

    `delivered` is whether the producer has received the resolution, `ruling` the digest of what a
    lead decided about the case, `split` the part of the data sets that it was put into.
    """

    case_id: str
    content: str
    overlap: int
    state: str
    pool: str
    priority: int
    due: str | None
    assigned: str | None
    open_slots: int
    resolution: str | None
    delivered: bool
    ruling: str | None
    verdicts: Mapping[str, VerdictFacts]
    leases: Mapping[str, str]
    split: str | None = None


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """A token as the trail knows it. `digest` is the SHA-256 of its secret, `expires` RFC 3339."""

    token_id: str
    name: str
    role: str
    pools: tuple[str, ...]
    digest: str
    expires: str | None
    revoked: bool


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit of a store found: its chain, and each case of which the tables say otherwise.

    `differences` is empty when the chain is broken, except for a missing anchor: then there is no
    record to compare the tables with.
    """

    chain: Verification
    differences: tuple[Shown, ...]


_HIDDEN = ("content", "resolution", "ruling")
"""What the facts hold as digests: that they differ is all there is to say."""
_PLAIN = (
    "overlap",
    "state",
    "pool",
    "priority",
    "due",
    "assigned",
    "open_slots",
    "delivered",
    "leases",
    "split",
)


def differences(expected: Mapping[str, CaseFacts], actual: Iterable[CaseFacts]) -> Iterator[Shown]:
    """A sentence for each case of which the tables say something else than the trail."""
    missing = dict.fromkeys(expected)
    for found in actual:
        missing.pop(found.case_id, None)
        wanted = expected.get(found.case_id)
        if wanted is None:
            yield message("case {id} is in the store, but no entry queued it", id=found.case_id)
        elif wanted != found:
            yield from _unlike(wanted, found)
    for case_id in missing:
        yield message("case {id} was queued, but is not in the store", id=case_id)


def token_differences(
    expected: Mapping[str, TokenFacts], actual: Iterable[TokenFacts]
) -> Iterator[Shown]:
    """A sentence for each token that is not in the store as the trail has it."""
    found = {token.token_id: token for token in actual}
    for token_id in expected.keys() | found.keys():
        wanted, stored = expected.get(token_id), found.get(token_id)
        if wanted is None:
            yield message("token {id} is in the store, but no entry made it", id=token_id)
        elif stored is None:
            yield message("token {id} was made, but is not in the store", id=token_id)
        elif wanted != stored:
            names = [
                field.name
                for field in fields(TokenFacts)
                if getattr(wanted, field.name) != getattr(stored, field.name)
            ]
            yield message(
                "token {id}: {names} changed without an entry", id=token_id, names=", ".join(names)
            )


def _unlike(wanted: CaseFacts, found: CaseFacts) -> Iterator[Shown]:
    for name in _HIDDEN:
        if getattr(wanted, name) != getattr(found, name):
            yield message("case {id}: the {name} was changed", id=wanted.case_id, name=name)
    for name in _PLAIN:
        said, is_ = getattr(wanted, name), getattr(found, name)
        if said != is_:
            yield message(
                "case {id}: {name} is {found} in the store and {wanted} by the trail",
                id=wanted.case_id,
                name=name,
                found=is_,
                wanted=said,
            )
    for verdict_id in wanted.verdicts.keys() | found.verdicts.keys():
        said, is_ = wanted.verdicts.get(verdict_id), found.verdicts.get(verdict_id)
        if said != is_:
            yield message(
                "case {id}: verdict {verdict} was {what}",
                id=wanted.case_id,
                verdict=verdict_id,
                what="removed" if is_ is None else "added" if said is None else "changed",
            )
