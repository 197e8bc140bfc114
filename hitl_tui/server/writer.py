"""The one writer: operations of many requests go into the store together, one commit for up to 64."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from hitl_tui.queue.protocol import StoreBusy
from hitl_tui.queue.transaction import Transaction

T = TypeVar("T")
Operation = Callable[[Transaction], T]
MOST_TOGETHER = 64
MOST_WAITING = 4096
"""Operations that may wait for the writer; beyond them a request is told to come again."""


class Together(Protocol):
    """A store that carries out several operations in one transaction, each with a savepoint."""

    def together(self, operations: Sequence[Operation[Any]]) -> list[Any | Exception]:
        """The result or the error of each, in order; raises when nothing could be committed."""


@dataclass(slots=True)
class _Job:
    operation: Operation[Any]
    answer: asyncio.Future[Any]


class Writer:
    """One thread that owns every change. Requests await their operation's result, durably committed."""

    def __init__(self, store: Together, measure: Callable[[int], None]) -> None:
        """`measure` is told how many operations each commit had. Call from the event loop."""
        self._store = store
        self._measure = measure
        self._loop = asyncio.get_running_loop()
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="hitl-writer", daemon=True)
        self._thread.start()

    async def do(self, operation: Operation[T]) -> T:
        """The operation's result after its commit; its own error, or Unreachable."""
        if self._jobs.qsize() >= MOST_WAITING:
            raise StoreBusy("{n} changes wait for the store: try again", n=MOST_WAITING)
        answer: asyncio.Future[T] = self._loop.create_future()
        self._jobs.put(_Job(operation, answer))
        return await answer

    async def close(self) -> None:
        """Finish everything that was asked for, then stop."""
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        while True:
            batch = self._next_batch()
            jobs = [job for job in batch if job is not None]
            if jobs:
                results = self._commit(jobs)
                self._measure(len(jobs))
                self._loop.call_soon_threadsafe(_hand_out, jobs, results)
            if len(jobs) < len(batch):
                return

    def _next_batch(self) -> list[_Job | None]:
        batch = [self._jobs.get()]
        while len(batch) < MOST_TOGETHER and batch[-1] is not None:
            try:
                batch.append(self._jobs.get_nowait())
            except queue.Empty:
                break
        return batch

    def _commit(self, jobs: Sequence[_Job]) -> Sequence[Any]:
        try:
            return self._store.together([job.operation for job in jobs])
        except Exception as error:  # noqa: BLE001  (each request gets it and answers for itself)
            return [error] * len(jobs)


def _hand_out(jobs: Sequence[_Job], results: Sequence[Any]) -> None:
    for job, result in zip(jobs, results, strict=True):
        if job.answer.cancelled():
            continue
        if isinstance(result, Exception):
            job.answer.set_exception(result)
        else:
            job.answer.set_result(result)
