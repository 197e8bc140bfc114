"""A kept-alive connection that speaks just enough HTTP to ask at the same moment as many others."""

from __future__ import annotations

import asyncio
import json
from typing import Any


class Line:
    """One connection to a server on this machine, under one token."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._token = token

    @classmethod
    async def open(cls, port: int, token: str) -> Line:
        return cls(*await asyncio.open_connection("127.0.0.1", port), token)

    async def ask(self, method: str, path: str, body: object) -> tuple[int, Any]:
        """The status and the JSON of the answer, None without a body."""
        sent = json.dumps(body).encode()
        head = (
            f"{method} /v1{path} HTTP/1.1",
            "Host: localhost",
            f"Authorization: Bearer {self._token}",
            "Content-Type: application/json",
            f"Content-Length: {len(sent)}",
        )
        self._writer.write("\r\n".join((*head, "", "")).encode() + sent)
        found = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        status, *fields = found.split("\r\n")
        lengths = [int(field[15:]) for field in fields if field.startswith("content-length:")]
        answer = await self._reader.readexactly(sum(lengths))
        return int(status.split()[1]), json.loads(answer) if answer else None

    def close(self) -> None:
        self._writer.close()
