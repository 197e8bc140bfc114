"""What an export over the network needs: cases with everything, pseudonyms, splits, and its own trace."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from hitl_tui.queue.protocol import Exported, Material
from hitl_tui.server import shapes
from hitl_tui.server.asking import Asked, MaterialsQuery, shaped
from hitl_tui.server.auth import whole_record as whole_queue
from hitl_tui.server.house import House
from hitl_tui.server.records import Numbered, paged
from hitl_tui.server.views import whole_record


async def materials(asked: Asked, house: House) -> Response:
    """`GET /v1/materials`: every case with its verdicts, resolution and split."""

    query = asked.query(MaterialsQuery)

    async def page(after: int, limit: int) -> Sequence[Numbered]:
        found = await house.read(
            lambda queue: queue.material_page(after, limit, unplaced=query.unplaced)
        )
        return [(one.seq, _material(one)) for one in found]

    return await paged(asked, query, page, shapes.MaterialsAnswer, "materials")


async def basis(asked: Asked, house: House) -> Response:
    """`GET /v1/basis`: how much there is, and the pseudonyms of those who decided."""
    whole_queue(asked.who)
    found = await house.read(lambda queue: queue.basis())
    names = tuple(shapes.Pseudonym(name=n, pseudonym=p) for n, p in found.pseudonyms.items())
    return shaped(shapes.BasisAnswer(events=found.events, cases=found.cases, pseudonyms=names))


async def assign(asked: Asked, house: House) -> Response:
    """`POST /v1/splits`: puts cases into their splits."""
    body = await asked.body(shapes.SplitsRequest)
    whole_queue(asked.who)
    wanted = {str(one.case_id): one.split for one in body.splits}
    name = asked.who.name
    found = await house.change(lambda do, tx: do.assign_splits(tx, name, wanted))
    rows = [{"case_id": case_id, "split": split} for case_id, split in found.items()]
    return shaped(shapes.SplitsAnswer.model_validate({"splits": rows}))


async def note(asked: Asked, house: House) -> Response:
    """`POST /v1/exports`: notes that data left the queue."""
    body = await asked.body(shapes.ExportRequest)
    whole_queue(asked.who)
    files = {file.name: file.sha256 for file in body.files}
    exported = Exported(body.format, body.rows, body.manifest, files)
    name = asked.who.name
    await house.change(lambda do, tx: do.exported(tx, name, exported))
    return Response(status_code=204)


def _material(one: Material) -> shapes.MaterialAnswer:
    seen = {"seq": one.seq, "planted": one.planted, "split": one.split}
    return shapes.MaterialAnswer.model_validate({**seen, "record": whole_record(one.record)})
