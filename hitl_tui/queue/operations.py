"""The changes of a queue, each as a function of an open transaction: alone, or many in one commit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hitl_tui.later import later
from hitl_tui.model.case import Gold, Submission
from hitl_tui.model.clock import to_micros
from hitl_tui.model.verdict import Verdict
from hitl_tui.model.work import Cause, ReleaseReason, Resolution, Route
from hitl_tui.queue import claims, overdue
from hitl_tui.queue.cases import find
from hitl_tui.queue.claims import Leased
from hitl_tui.queue.decode import json_of
from hitl_tui.queue.protocol import (
    DEFAULT_LEASE_S,
    LOCAL,
    Admission,
    Exported,
    Invalid,
    Receipt,
    Ruling,
    Upcoming,
)
from hitl_tui.queue.rules import Rules
from hitl_tui.queue.transaction import Transaction

if TYPE_CHECKING:
    from hitl_tui.model.quiz import Mode, Outcome, Quiz, QuizItem, Sitting
    from hitl_tui.queue import (
        admit,
        exporting,
        guidelines,
        listing,
        quizzes,
        resolving,
        rulings,
        steering,
        tokens,
        undo,
        verdicts,
        webhooks,
    )
    from hitl_tui.queue.admit import Content
    from hitl_tui.queue.calibration import Published
    from hitl_tui.queue.tokens import Identity, Role
    from hitl_tui.queue.webhooks import Hook, Letter
else:
    # What neither opens a queue nor gives a reviewer the next case.
    admit, exporting, guidelines, listing, quizzes, resolving = later(
        "hitl_tui.queue", "admit", "exporting", "guidelines", "listing", "quizzes", "resolving"
    )
    rulings, steering, tokens, undo, verdicts, webhooks = later(
        "hitl_tui.queue", "rulings", "steering", "tokens", "undo", "verdicts", "webhooks"
    )

LONGEST_LEASE_S = 7 * 86_400
_HIGHEST_PRIORITY = 1000


class Operations:
    """What may be done under the rules of one queue. Names, arguments, errors: `protocol.Queue`.

    Two differences. A claim is `Leased`, as stored; `claims.claims_of` reads it, best after the
    commit. `submit` returns the receipt of a verdict that came too late (`kept`), since it was stored
    all the same; who tells the reviewer raises `verdicts.lost(receipt)` after the commit.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def admit(
        self,
        tx: Transaction,
        batch: Sequence[tuple[Submission, Route]],
        texts: Sequence[Content] | None = None,
        *,
        producer: str = LOCAL,
    ) -> list[Admission]:
        """`texts` are the batch's `admit.contents`, if they were made before the store was locked."""
        check_names(producer)
        return admit.admit(tx, batch, texts or admit.contents(batch), producer)

    def claim(
        self,
        tx: Transaction,
        reviewer: str,
        *,
        pools: Sequence[str] = (),
        batch: int = 1,
        lease_s: float = DEFAULT_LEASE_S,
        case_id: str | None = None,
    ) -> list[Leased]:
        check_names(reviewer, *pools, *([] if case_id is None else [case_id]))
        if batch < 1:
            raise Invalid("a claim is for one case or more, not for {batch}", batch=batch)
        lasting = _lasting(lease_s)
        if case_id is None:
            return claims.claim(tx, reviewer, pools, batch, lasting, self.rules)
        until = to_micros(tx.now + lasting)
        return [claims.claim_one(tx, reviewer, pools, case_id, until, self.rules)]

    def upcoming(
        self, tx: Transaction, reviewer: str, *, pools: Sequence[str] = (), limit: int = 5
    ) -> list[Upcoming]:
        check_names(reviewer, *pools)
        check_limit(limit)
        return listing.upcoming(tx, reviewer, pools, limit, self.rules)

    def tick(self, tx: Transaction) -> int:
        """How many fallbacks this transaction has made; a stored queue ticks before its operations."""
        overdue.tick(tx, self.rules)
        return tx.fallbacks

    def resume(
        self,
        tx: Transaction,
        reviewer: str,
        *,
        lease_s: float = DEFAULT_LEASE_S,
        claimed_before: datetime | None = None,
    ) -> list[Leased]:
        check_names(reviewer)
        if claimed_before is not None and claimed_before.tzinfo is None:
            raise Invalid("the moment before which a lease was claimed needs its zone")
        until = _until(tx, lease_s)
        before = None if claimed_before is None else to_micros(claimed_before)
        return claims.resume(tx, reviewer, until, before)

    def heartbeat(
        self,
        tx: Transaction,
        reviewer: str,
        lease_tokens: Sequence[int],
        *,
        lease_s: float = DEFAULT_LEASE_S,
    ) -> dict[int, datetime]:
        check_names(reviewer)
        known = [token for token in lease_tokens if 0 < token < 2**63]
        return claims.heartbeat(tx, reviewer, known, _until(tx, lease_s))

    def release(
        self,
        tx: Transaction,
        reviewer: str,
        token: int,
        *,
        reason: ReleaseReason,
        note: str = "",
        until: datetime | None = None,
    ) -> None:
        check_names(reviewer, note or "-")
        if reason not in ("skip", "snooze", "quit"):
            raise Invalid("a case is given back to skip, snooze or quit, not to {it}", it=reason)
        if (reason == "snooze") != (until is not None) or (until and until.tzinfo is None):
            raise Invalid(
                "a snooze, and only a snooze, has a time with its zone until which it lasts"
            )
        known = token if 0 < token < 2**63 else 0
        claims.release(tx, reviewer, known, reason, note, until)

    def submit(self, tx: Transaction, verdict: Verdict) -> Receipt:
        return verdicts.submit(tx, verdict, self.rules)

    def undo(
        self, tx: Transaction, reviewer: str, verdict_id: str, *, lease_s: float = DEFAULT_LEASE_S
    ) -> Leased:
        check_names(reviewer, verdict_id)
        until = _until(tx, lease_s)
        return undo.undo(tx, reviewer, verdict_id, until, self.rules)

    def unskip(
        self, tx: Transaction, reviewer: str, case_id: str, *, lease_s: float = DEFAULT_LEASE_S
    ) -> Leased:
        check_names(reviewer, case_id)
        until = _until(tx, lease_s)
        return claims.unskip(tx, reviewer, case_id, until)

    def resolution(
        self, tx: Transaction, case_id: str, *, deliver: bool = False
    ) -> Resolution | None:
        check_names(case_id)
        return resolving.standing(tx, case_id, deliver=deliver)

    def adjudicate(
        self,
        tx: Transaction,
        adjudicator: str,
        case_id: str,
        decision: str,
        *,
        cause: Cause,
        output: str | None = None,
        note: str = "",
        version: int | None = None,
    ) -> Resolution:
        check_names(adjudicator, case_id, decision, output or "-", note or "-")
        ruling = Ruling(adjudicator, tx.now, decision, cause, output, note)
        return rulings.adjudicate(tx, adjudicator, case_id, ruling, version)

    def withdraw(
        self,
        tx: Transaction,
        actor: str,
        case_id: str,
        *,
        note: str = "",
        version: int | None = None,
    ) -> None:
        check_names(actor, case_id, note or "-")
        rulings.withdraw(tx, actor, case_id, note, version)

    def change(
        self,
        tx: Transaction,
        actor: str,
        case_id: str,
        *,
        priority: int | None = None,
        due: datetime | None = None,
        pool: str | None = None,
        version: int | None = None,
    ) -> int:
        check_names(actor, case_id, *([] if pool is None else [pool]))
        if priority is not None and not 0 <= priority <= _HIGHEST_PRIORITY:
            raise Invalid("a priority is 0 to {highest}", highest=_HIGHEST_PRIORITY)
        if due is not None and due.tzinfo is None:
            raise Invalid("a due time needs its zone")
        return steering.change(
            tx, actor, case_id, priority=priority, due=due, pool=pool, version=version
        )

    def assign(self, tx: Transaction, actor: str, case_id: str, reviewer: str | None) -> None:
        check_names(actor, case_id, *([] if reviewer is None else [reviewer]))
        steering.assign(tx, actor, case_id, reviewer, self.rules)

    def requeue(
        self, tx: Transaction, actor: str, case_id: str, *, reviewer: str | None = None
    ) -> None:
        check_names(actor, case_id, *([] if reviewer is None else [reviewer]))
        steering.requeue(tx, actor, case_id, reviewer)

    def free(
        self, tx: Transaction, actor: str, case_id: str, *, reviewer: str | None = None
    ) -> int:
        check_names(actor, case_id, *([] if reviewer is None else [reviewer]))
        return steering.free(tx, actor, case_id, reviewer)

    def reveal(self, tx: Transaction, reviewer: str, token: int) -> None:
        check_names(reviewer)
        known = token if 0 < token < 2**63 else 0
        tx.event("case.revealed", reviewer, claims.leased_case(tx, reviewer, known), {})

    def looked(self, tx: Transaction, actor: str, case_id: str) -> None:
        check_names(actor, case_id)
        find(tx, case_id)
        tx.event("case.revealed", actor, case_id, {})

    def assign_splits(
        self, tx: Transaction, actor: str, splits: Mapping[str, str]
    ) -> dict[str, str]:
        check_names(actor, *splits)
        return exporting.assign_splits(tx, actor, splits)

    def exported(self, tx: Transaction, actor: str, exported: Exported) -> None:
        check_names(actor, exported.format, *exported.files)
        exporting.note(tx, actor, exported)

    def create_quiz(
        self,
        tx: Transaction,
        actor: str,
        name: str,
        items: Sequence[QuizItem],
        *,
        mode: Mode = "scored",
        stratified: bool = False,
        seed: int = 0,
    ) -> Quiz:
        check_names(actor, name)
        return quizzes.create(tx, actor, name, items, mode=mode, stratified=stratified, seed=seed)

    def sit(self, tx: Transaction, reviewer: str, name: str) -> Sitting:
        check_names(reviewer, name)
        return quizzes.sit(tx, reviewer, name, guidelines.latest(tx.conn))

    def close_quiz(self, tx: Transaction, actor: str, name: str) -> int:
        check_names(actor, name)
        return quizzes.close(tx, actor, name)

    def settle_item(
        self,
        tx: Transaction,
        actor: str,
        name: str,
        item: int,
        *,
        gold: Gold | None = None,
        section: str | None = None,
        note: str = "",
    ) -> Outcome:
        check_names(actor, name, section or "-", note or "-")
        return quizzes.settle(tx, actor, name, item, gold, section, note)

    def publish_guideline(self, tx: Transaction, actor: str, text: str) -> Published:
        check_names(actor, text or "-")
        return guidelines.publish(tx, actor, text)

    def acknowledge(self, tx: Transaction, reviewer: str, version: str) -> None:
        check_names(reviewer, version)
        guidelines.acknowledge(tx, reviewer, version)

    def create_token(
        self,
        tx: Transaction,
        role: Role,
        name: str,
        pools: Sequence[str] = (),
        expires_at: datetime | None = None,
    ) -> tuple[Identity, str]:
        check_names(name, *pools)
        return tokens.create(tx, role, name, pools, expires_at)

    def revoke_token(self, tx: Transaction, token_id: str) -> None:
        check_names(token_id)
        tokens.revoke(tx, token_id)

    def add_hook(
        self, tx: Transaction, url: str, owner: str | None, *, private: bool = False
    ) -> tuple[Hook, str]:
        check_names(*([] if owner is None else [owner]))
        return webhooks.add(tx, url, owner, private=private)

    def remove_hook(self, tx: Transaction, hook_id: str, owner: str | None = None) -> None:
        check_names(hook_id)
        webhooks.remove(tx, hook_id, owner)

    def take_letters(self, tx: Transaction, room: Mapping[str, int]) -> list[Letter]:
        return webhooks.take(tx, room)

    def letter_arrived(self, tx: Transaction, letter: Letter) -> None:
        """A message was taken in: from then on its answer is not taken back in silence."""
        case_seq = webhooks.arrived(tx, letter)
        if case_seq is not None:
            resolving.delivered(tx, case_seq, json_of(letter.body)["data"]["version"])

    def letter_failed(
        self, tx: Transaction, letter: Letter, why: str, luck: float, *, final: bool = False
    ) -> bool:
        return webhooks.failed(tx, letter, why, luck, final=final)


def check_limit(limit: int) -> None:
    """Invalid for a page that is empty or too long."""
    if not 1 <= limit <= listing.LONGEST_PAGE:
        raise Invalid("a page has 1 to {longest} lines", longest=listing.LONGEST_PAGE)


def _until(tx: Transaction, lease_s: float) -> int:
    return to_micros(tx.now + _lasting(lease_s))


def _lasting(lease_s: float) -> timedelta:
    if not (math.isfinite(lease_s) and 0 < lease_s <= LONGEST_LEASE_S):
        raise Invalid(
            "a lease lasts more than 0 and at most {longest} seconds", longest=LONGEST_LEASE_S
        )
    return timedelta(seconds=lease_s)


def check_names(*names: str) -> None:
    """Invalid for a name that is empty or that UTF-8 cannot carry."""
    for name in names:
        if not name:
            raise Invalid("a name is empty: reviewers, cases and pools have one")
        try:
            name.encode("utf-8")
        except UnicodeEncodeError:
            raise Invalid("half of a surrogate pair is not text: it cannot be stored") from None
