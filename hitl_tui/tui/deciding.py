"""What a decision is made into: the verdict of an item, and the words that confirm it."""

from __future__ import annotations

from typing import NamedTuple

from hitl_tui import __version__
from hitl_tui.model.case import RawText
from hitl_tui.model.ids import new_id
from hitl_tui.model.text import RawText as Raw
from hitl_tui.model.text import Shown, message, reveal_line
from hitl_tui.model.verdict import MAY_WRITE, Span, Verdict
from hitl_tui.queue.protocol import LeaseLost, Receipt
from hitl_tui.tui.desk import Item
from hitl_tui.tui.prepare import Prepared

_PAST = {
    "approve": "approved",
    "reject": "rejected",
    "edit": "edited",
    "escalate": "escalated",
    "skip": "skipped",
    "snooze": "put away",
    "a": "preferred an answer of",
    "b": "preferred an answer of",
    "tie": "called a tie",
    "neither": "preferred neither of",
    "write": "wrote the answer of",
    "harmful": "called harmful",
    "harmless": "called harmless",
    "unclear": "called unclear",
    "agree": "agreed on",
    "disagree": "disagreed on",
    "revise": "revised",
    "deny": "denied",
}


class Choice(NamedTuple):
    """What the reviewer decided, with the answers to what the decision asks."""

    decision: str
    labels: tuple[str, ...] = ()
    edited: RawText | None = None
    harm: str | None = None
    severity: int | None = None
    cited: tuple[str, ...] = ()
    """Sections of the guideline, each with its version."""


def verdict_of(item: Item, prepared: Prepared, reviewer: str, choice: Choice) -> Verdict:
    """The verdict on the case at hand, under its lease, with what the reviewer wrote and how long it took.

    `decided_at` is left to the store, whose clock counts.
    """
    decision = prepared.decisions.get(choice.decision, choice.decision)
    return Verdict(
        id=new_id(),
        case_id=item.claim.case.id,
        reviewer=reviewer,
        decision=decision,
        labels=choice.labels,
        spans=tuple(Span(start=start, end=end, label=label) for start, end, label in item.spans),
        edited_output=choice.edited,
        rationale=Raw(item.rationale) if item.rationale else None,
        guidelines=choice.cited,
        evidence=tuple(item.evidence),
        strength=item.strength if decision in MAY_WRITE else None,
        severity=choice.severity,
        harm=choice.harm,
        order=prepared.order,
        opened_at=item.opened_at,
        active_ms=round(item.active_s * 1000),
        revealed=item.revealed,
        first_decision=item.first_decision,
        lease=item.claim.token,
        client=f"hitl/{__version__}",
    )


def again(item: Item, verdict: Verdict) -> Verdict:
    """A verdict that was taken back, given once more under the lease that its case has now."""
    return verdict.model_copy(
        update={
            "id": new_id(),
            "lease": item.claim.token,
            "opened_at": item.opened_at,
            "decided_at": None,
            "client_decided_at": None,
            "active_ms": round(item.active_s * 1000),
            "first_decision": item.first_decision,
        }
    )


def past_of(decision: str) -> str:
    """A decision as something that was done."""
    return _PAST.get(decision, decision)


def past_here(item: Item, decision: str, verdict: Verdict | None) -> str:
    """The same, by the numbers of the answers as they stood on the screen: `preferred answer 2 of`."""
    if decision not in MAY_WRITE or verdict is None:
        return past_of(decision)
    preferred = item.claim.case.candidates["ab".index(decision)].id
    if preferred not in verdict.order:
        return past_of(decision)
    return f"preferred answer {verdict.order.index(preferred) + 1} of"


def done_words(
    item: Item,
    decision: str,
    undo_key: str,
    receipt: Receipt | None = None,
    verdict: Verdict | None = None,
) -> Shown:
    """What was done to which case, and the key that takes it back."""
    words = message(
        "{what} {id} · {key} takes it back",
        what=past_here(item, decision, verdict),
        id=reveal_line(item.case_id, 40),
        key=undo_key,
    )
    if receipt is not None and receipt.adopted:
        return message(
            "{words} · the lease had run out, the verdict counts all the same", words=words
        )
    if receipt is not None and not receipt.sent:
        return message("{words} · saved here, on its way", words=words)
    return words


def undone_words(item: Item, decision: str, verdict: Verdict | None) -> Shown:
    """What was taken back."""
    what = past_here(item, decision, verdict)
    return message("took back: {what} {id}", id=reveal_line(item.case_id, 40), what=what)


def lost_words(item: Item, lost: LeaseLost) -> Shown:
    """What happened to a lease; what was written stays as a draft of the case."""
    if not item.rationale and item.edited is None:
        return lost.sentence
    return message("{why} · your text is kept as a draft", why=lost.sentence)
