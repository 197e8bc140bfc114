"""What a decision is made into: the verdict of an item, and the words that confirm it."""

from __future__ import annotations

from collections.abc import Sequence

from hitl_tui import __version__
from hitl_tui.model.case import RawText
from hitl_tui.model.ids import new_id
from hitl_tui.model.text import RawText as Raw
from hitl_tui.model.text import Shown, message, reveal_line
from hitl_tui.model.verdict import Verdict
from hitl_tui.queue.protocol import LeaseLost, Receipt
from hitl_tui.tui.desk import Item

_PAST = {
    "approve": "approved",
    "reject": "rejected",
    "edit": "edited",
    "escalate": "escalated",
    "skip": "skipped",
}


def verdict_of(
    item: Item, reviewer: str, decision: str, labels: Sequence[str], edited: RawText | None
) -> Verdict:
    """The verdict on the case at hand, under its lease, with what the reviewer wrote and how long it took.

    `decided_at` is left to the store, whose clock counts.
    """
    return Verdict(
        id=new_id(),
        case_id=item.claim.case.id,
        reviewer=reviewer,
        decision=decision,
        labels=tuple(labels),
        edited_output=edited,
        rationale=Raw(item.rationale) if item.rationale else None,
        opened_at=item.opened_at,
        active_ms=round(item.active_s * 1000),
        revealed=item.revealed,
        first_decision=item.first_decision,
        lease=item.claim.token,
        client=f"hitl/{__version__}",
    )


def done_words(item: Item, decision: str, undo_key: str, receipt: Receipt | None = None) -> Shown:
    """What was done to which case, and the key that takes it back."""
    words = message(
        "{what} {id} · {key} takes it back",
        what=_PAST.get(decision, decision),
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


def undone_words(item: Item, decision: str) -> Shown:
    """What was taken back."""
    return message(
        "took back: {id} was {what}",
        id=reveal_line(item.case_id, 40),
        what=_PAST.get(decision, decision),
    )


def lost_words(item: Item, lost: LeaseLost) -> Shown:
    """What happened to a lease; what was written stays as a draft of the case."""
    if not item.rationale and item.edited is None:
        return lost.sentence
    return message("{why} · your text is kept as a draft", why=lost.sentence)
