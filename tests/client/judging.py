"""A reviewer at the other end, over the same server."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx

from hitl_tui.model.ids import new_id
from tests.client.served import Served
from tests.local import PLAIN


class Reviewer:
    """Somebody with a token of the role `reviewer`, who waits for cases and decides them."""

    def __init__(self, served: Served, name: str) -> None:
        self._base = f"{served.url}/v1"
        self._headers = {"Authorization": f"Bearer {served.token('reviewer', name)}"}

    def claim(self) -> dict[str, Any]:
        """The next case under a lease, waited for."""
        with self._client() as client:
            answer = client.post("/claims", json={"wait": 30}).raise_for_status()
        assert answer.status_code == 200, "no case came"
        (claim,) = answer.json()["claims"]
        found: dict[str, Any] = claim
        return found

    def decide(self, claim: dict[str, Any], decision: str = "approve", **fields: Any) -> None:
        """A verdict on a claimed case."""
        about = {"token": claim["token"], "case_id": claim["case"]["id"], "decision": decision}
        with self._client() as client:
            client.put(f"/verdicts/{new_id()}", json=about | fields).raise_for_status()

    def give_back(self, claim: dict[str, Any]) -> None:
        """Let others have a claimed case."""
        with self._client() as client:
            body = {"reason": "quit"}
            client.post(f"/claims/{claim['token']}:release", json=body).raise_for_status()

    def judge(self, decision: str = "approve", **fields: Any) -> str:
        """Decide the next case; its id."""
        claim = self.claim()
        self.decide(claim, decision, **fields)
        case_id: str = claim["case"]["id"]
        return case_id

    @contextmanager
    def at_work(self, decision: str = "approve", **fields: Any) -> Iterator[None]:
        """While the block runs, decide one case, the next that comes."""
        with ThreadPoolExecutor(1) as desk:
            judging = desk.submit(self.judge, decision, **fields)
            yield
            judging.result(60)

    def _client(self) -> httpx.Client:
        return httpx.Client(
            base_url=self._base, headers=self._headers, timeout=60, trust_env=False, verify=PLAIN
        )
