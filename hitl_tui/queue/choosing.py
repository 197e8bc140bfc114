"""Which cases come next for a reviewer: those that are ready, in the order of urgency, then the skipped."""

from __future__ import annotations

import heapq
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, NamedTuple

from hitl_tui.later import later
from hitl_tui.queue import slots
from hitl_tui.queue import statements as sql
from hitl_tui.queue.database import Database, Rows
from hitl_tui.queue.rules import Rules
from hitl_tui.queue.transaction import Transaction

if TYPE_CHECKING:
    from hitl_tui.queue import qualifying
else:
    [qualifying] = later("hitl_tui.queue", "qualifying")

STEPPED_OVER = 8
"""Rows a claim may step over at the head of a pool before it is worth a write to remember them."""

SPARE = 3
LARGEST_PAGE = 1024
"""Ready rows that are read ahead: a few more than wanted, then ever more while none of them will do."""

Turn = tuple[int, int, int]
"""A place in the order of claims: minus priority, due time, seq."""


class Chosen(NamedTuple):
    """A case that comes next; `put_off`: the reviewer had skipped it."""

    seq: int
    id: str
    put_off: bool = False


class _Ready(NamedTuple):
    """A row of what is ready in a pool; `due` is `statements.NEVER` without one."""

    seq: int
    id: str
    priority: int
    due: int
    barred: bool

    @property
    def turn(self) -> Turn:
        return -self.priority, self.due, self.seq


def may_serve(conn: Database, rules: Rules, reviewer: str, pool: str, now: datetime) -> bool:
    """Whether a reviewer may judge the cases of a pool now."""
    if not rules.serves(reviewer, pool):
        return False
    terms = rules.qualifying.get(pool)
    return terms is None or qualifying.passed(conn, reviewer, terms, now) is not None


def next_up(
    tx: Transaction,
    reviewer: str,
    pools: Sequence[str],
    wanted: int,
    rules: Rules,
    *,
    leasing: bool,
) -> list[Chosen]:
    """The cases that a claim gives now, in its order.

    `leasing` says that they will be leased: only then may a cursor be moved behind them.
    """
    heads = _Heads(tx.conn, reviewer, pools, wanted)
    wakes = tx.conn.ask(sql.NEXT_TO_WAKE, (reviewer,)).fetchone()[0]
    if wakes is not None and wakes <= tx.micros:
        for (seq,) in tx.conn.execute(sql.RIPE, (reviewer, tx.micros)).fetchall():
            slots.made_ready(tx, seq)
        heads = _Heads(tx.conn, reviewer, pools, wanted)
    served = {
        pool: ready
        for pool, ready in heads.read().items()
        if may_serve(tx.conn, rules, reviewer, pool, tx.now)
    }
    chosen = _take_ready(tx, reviewer, served, wanted, leasing=leasing)
    if len(chosen) < wanted:
        chosen += _skipped(tx.conn, reviewer, served, wanted - len(chosen))
    return chosen


class _Heads:
    """What is ready first in each pool, asked for and not read yet.

    An engine that gives rows by the page is asked for the first page of each pool at once.
    """

    def __init__(self, conn: Database, reviewer: str, pools: Sequence[str], wanted: int) -> None:
        self._conn = conn
        self._reviewer = reviewer
        self._most = wanted + SPARE
        self._named = dict.fromkeys(pools)
        self._pages: dict[str, Rows] = {}
        self._everywhere: Rows | None = None
        dialect = conn.dialect
        if not pools:
            everywhere = dialect.ready_everywhere or sql.POOLS
            self._everywhere = conn.ask(everywhere, self._where() if dialect.in_pages else ())
        elif dialect.in_pages:
            ready = dialect.ready[0]
            self._pages = {pool: conn.ask(ready, self._where(pool=pool)) for pool in self._named}

    def read(self) -> dict[str, Iterator[_Ready]]:
        """The pools that were named, or else all, each with what is ready behind the reviewer's cursor."""
        if self._everywhere is None:
            return {pool: self._ready(pool, self._pages.get(pool)) for pool in self._named}
        if not self._conn.dialect.in_pages:
            return {pool: self._ready(pool, None) for (pool,) in self._everywhere.fetchall()}
        pages: dict[str, list[tuple[Any, ...]]] = {}
        for pool, seq, *row in self._everywhere:
            page = pages.setdefault(pool, [])
            if seq is not None:
                page.append((seq, *row))
        # A join promises no order, whatever order its parts have.
        return {pool: self._ready(pool, sorted(page, key=_turn)) for pool, page in pages.items()}

    def _ready(self, pool: str, page: Iterable[tuple[Any, ...]] | None) -> Iterator[_Ready]:
        dialect, most = self._conn.dialect, self._most
        statements, where = dialect.ready, self._where(pool=pool)
        if page is None:
            place = self._conn.execute(sql.CURSOR, (self._reviewer, pool)).fetchone()
            if place is not None:
                statements = dialect.ready_after
                where |= zip(("priority", "due", "seq"), place, strict=True)
            page = chain.from_iterable(self._conn.execute(one, where) for one in statements)
        while True:
            last, read = None, 0
            for row in page:
                last = _Ready(*row)
                yield last
                read += 1
            if not dialect.in_pages or last is None or read < most:
                return
            most = min(4 * most, LARGEST_PAGE)
            place = {"priority": last.priority, "due": last.due, "seq": last.seq, "most": most}
            page = self._conn.execute(dialect.ready_after[0], where | place)

    def _where(self, **more: object) -> dict[str, object]:
        return {"reviewer": self._reviewer, "most": self._most, **more}


def _take_ready(
    tx: Transaction,
    reviewer: str,
    heads: Mapping[str, Iterator[_Ready]],
    wanted: int,
    *,
    leasing: bool,
) -> list[Chosen]:
    chosen: list[Chosen] = []
    reached: dict[str, _Ready] = {}
    stepped: dict[str, int] = dict.fromkeys(heads, 0)
    merged = heapq.merge(*(_in_turn(pool, head) for pool, head in heads.items()))
    for _, pool, case in merged:
        reached[pool] = case
        if case.barred:
            stepped[pool] += 1
            continue
        chosen.append(Chosen(case.seq, case.id))
        if len(chosen) == wanted:
            break
    for pool, case in reached.items():
        if leasing and stepped[pool] >= STEPPED_OVER:
            place = (reviewer, pool, case.priority, case.due, case.seq)
            tx.conn.execute(sql.SAVE_CURSOR, place)
    return chosen


def _turn(row: tuple[Any, ...]) -> Turn:
    return _Ready(*row).turn


def _in_turn(pool: str, head: Iterator[_Ready]) -> Iterator[tuple[Turn, str, _Ready]]:
    for case in head:
        yield case.turn, pool, case


def _skipped(conn: Database, reviewer: str, pools: Container[str], wanted: int) -> Iterator[Chosen]:
    rows = conn.execute(conn.dialect.skipped, (reviewer,))
    found = (Chosen(seq, case_id, put_off=True) for seq, case_id, pool in rows if pool in pools)
    return islice(found, wanted)
