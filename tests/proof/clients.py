"""Programs that hand cases over and judge them until they are told to stop, and note what was confirmed.

They meet every failure with the same request again, as our clients do, and write a line for each case
and each verdict that the server has answered with success.
"""

from __future__ import annotations

import itertools
import os
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import httpx

from hitl_tui.model.ids import new_id
from tests.local import PLAIN

FINAL = frozenset((200, 201, 204, 409))
PAUSE_S = 0.05


class Notes:
    """A file of lines that survives the death of its writer."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, line: str) -> None:
        os.write(self._file, f"{line}\n".encode())


def produce(url: str, token: str, name: str, notes: Path, stop: Event) -> None:
    """Hand cases over, each until it is confirmed."""
    noted = Notes(notes)
    with client(url, token) as server:
        for number in itertools.count():
            case = {
                "id": f"{name}-{number}",
                "output": f"answer {number}",
                "overlap": 1 + number % 2,
            }
            answer = insisted(server, stop, "POST", "/cases", case)
            if answer is None:
                return
            noted.write(f"case {case['id']}")


def review(url: str, token: str, notes: Path, stop: Event) -> None:
    """Claim and judge, each verdict until it is confirmed or its lease is lost."""
    noted = Notes(notes)
    with client(url, token) as server:
        while True:
            claims = insisted(server, stop, "POST", "/claims", {"batch": 2, "wait": 1})
            if claims is None:
                return
            for claim in claims.json()["claims"] if claims.status_code == 200 else []:
                verdict_id = new_id()
                path = f"/verdicts/{verdict_id}"
                answer = insisted(server, stop, "PUT", path, verdict_on(claim))
                if answer is None:
                    return
                if answer.is_success:
                    noted.write(f"verdict {verdict_id}")


def verdict_on(claim: dict[str, Any]) -> dict[str, Any]:
    return {"token": claim["token"], "case_id": claim["case"]["id"], "decision": "approve"}


def client(url: str, token: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(
        base_url=f"{url}/v1", headers=headers, timeout=10, trust_env=False, verify=PLAIN
    )


def insisted(
    server: httpx.Client, stop: Event, method: str, path: str, body: dict[str, Any]
) -> httpx.Response | None:
    """The final answer to a request that is repeated until there is one; None when told to stop."""
    while not stop.is_set():
        try:
            answer = server.request(method, path, json=body)
        except httpx.TransportError:
            stop.wait(PAUSE_S)
            continue
        if answer.status_code in FINAL:
            return answer
        assert answer.status_code in (429, 503), answer.text
        stop.wait(PAUSE_S)
    return None
