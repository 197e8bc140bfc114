"""Quizzes and the guideline over HTTP: sitting down to a quiz, feedback in training, what a lead reads."""

from __future__ import annotations

from starlette.responses import Response

from hitl_tui.queue.calibration import CalibrationStore
from hitl_tui.queue.protocol import NotFound, Queue
from hitl_tui.server import shapes
from hitl_tui.server.asking import Asked, Query, shaped
from hitl_tui.server.auth import sees, whole_record
from hitl_tui.server.house import House
from hitl_tui.server.problems import not_found


async def sit(asked: Asked, house: House) -> Response:
    """`POST /v1/quizzes/{id}:sit`: begins a quiz or goes on with it; the ids of the caller's own cases.

    They are claimed and judged like any other case.
    """
    await asked.body(shapes.Nothing)
    name, quiz = asked.who.name, asked.id
    record = await house.read(lambda queue: table_of(queue).quiz(quiz))
    if not all(sees(asked.who, item.pool) for item in record.items):
        raise not_found()
    sitting = await house.change(lambda do, tx: do.sit(tx, name, quiz))
    house.work.ready()
    return shaped(sitting)


async def feedback(asked: Asked, house: House) -> Response:
    """`GET /v1/quizzes/{id}/feedback/{case}`: the right answer, in training, after the verdict."""
    asked.query(Query)
    name, quiz, case_id = asked.who.name, asked.id, asked.params["case"]
    return shaped(await house.read(lambda queue: table_of(queue).feedback(name, quiz, case_id)))


async def quiz(asked: Asked, house: House) -> Response:
    """`GET /v1/quizzes/{id}`: items with their gold, and everybody's answers."""
    asked.query(Query)
    record = await house.read(lambda queue: table_of(queue).quiz(asked.id))
    if not all(sees(asked.who, item.pool) for item in record.items):
        raise not_found()
    return shaped(record)


async def quizzes(asked: Asked, house: House) -> Response:
    """`GET /v1/quizzes`: the quizzes there are, in the order they were made."""
    asked.query(Query)
    whole_record(asked.who)
    found = await house.read(lambda queue: table_of(queue).quizzes())
    return shaped(shapes.QuizzesAnswer(quizzes=tuple(found)))


async def guideline(asked: Asked, house: House) -> Response:
    """`GET /v1/guideline`: the version that holds."""
    asked.query(Query)
    found = await house.read(lambda queue: table_of(queue).guideline())
    if found is None:
        raise not_found()
    answer = {"version": found.version, "text": found.text, "by": found.by, "at": found.at}
    return shaped(shapes.GuidelineAnswer.model_validate(answer))


async def acknowledge(asked: Asked, house: House) -> Response:
    """`POST /v1/guideline:acknowledge`: the caller has read a version."""
    body = await asked.body(shapes.AcknowledgeRequest)
    name = asked.who.name
    await house.change(lambda do, tx: do.acknowledge(tx, name, body.version))
    return Response(status_code=204)


def table_of(queue: Queue) -> CalibrationStore:
    """The store's side of calibration; NotFound for a store that keeps none."""
    if not isinstance(queue, CalibrationStore):
        raise NotFound("this store keeps no quizzes")
    return queue
