"""One message to one receiver, by Standard Webhooks: signed, to a checked address, never further.

The name is looked up here and the connection goes to the very address that was checked, so a name that
changes its mind between the two leads nowhere. Redirects are not followed, proxies of the environment are
not asked, and nothing of the answer but its status is read.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import httpx
from standardwebhooks import Webhook

from hitl_tui.queue.targets import is_public
from hitl_tui.queue.webhooks import Letter

TIMEOUT_S = 15.0
GONE = 410
Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Host and port -> the addresses behind it; OSError when there are none."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of an attempt. `why` says what was wrong; `final`: the receiver wants no more."""

    ok: bool
    why: str = ""
    final: bool = False


class NotAllowed(Exception):
    """The target is not one that a webhook may have."""


async def addresses_of(host: str, port: int) -> list[str]:
    """The addresses behind a name, by the system's resolver."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


async def send(
    letter: Letter, now: datetime, *, resolve: Resolve = addresses_of, timeout_s: float = TIMEOUT_S
) -> Sent:
    """Send a message and say whether it was taken in: a status of 2xx within `timeout_s`."""
    try:
        async with asyncio.timeout(timeout_s):
            status = await _posted(letter, now, resolve)
    except NotAllowed as refused:
        return Sent(False, str(refused))
    except TimeoutError:
        return Sent(False, f"no answer within {timeout_s:g} s")
    except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
        return Sent(False, f"it could not be reached ({type(error).__name__})")
    if 200 <= status < 300:
        return Sent(True)
    return Sent(False, f"it answered with {status}", final=status == GONE)


async def _posted(letter: Letter, now: datetime, resolve: Resolve) -> int:
    url = httpx.URL(letter.hook.url)
    # As it is looked up and certified: the letters that it stands for may be written in two ways.
    host = url.raw_host.decode("ascii")
    port = url.port or (443 if url.scheme == "https" else 80)
    *others, last = await _allowed(host, port, resolve, private=letter.hook.private)
    headers = {**_headers(letter, now), "Host": url.netloc.decode("ascii")}
    for address in others:
        with suppress(httpx.ConnectError):
            return await _status(letter, url.copy_with(host=address), host, headers)
    return await _status(letter, url.copy_with(host=last), host, headers)


async def _status(letter: Letter, url: httpx.URL, host: str, headers: dict[str, str]) -> int:
    # The certificate is checked against the name, though the connection is to the address.
    extensions = {"sni_hostname": host}
    body = letter.body.encode("utf-8")
    async with (
        httpx.AsyncClient(
            verify=_trusted(),
            trust_env=False,
            follow_redirects=False,
            timeout=None,  # noqa: S113  (`send` has one for all of it)
        ) as client,
        client.stream("POST", url, content=body, headers=headers, extensions=extensions) as answer,
    ):
        return answer.status_code


@cache
def _trusted() -> ssl.SSLContext:
    """Whose certificates count. To read them takes 30 ms, in which the server does nothing else."""
    return httpx.create_ssl_context(trust_env=False)


async def _allowed(host: str, port: int, resolve: Resolve, *, private: bool) -> list[str]:
    found = await resolve(host, port)
    if not found:
        raise OSError
    for address in found:
        if not private and not is_public(address):
            # One bad address of several is enough: a name of good intent has none.
            raise NotAllowed("its name leads to this machine or into a private network")
    return found


def _headers(letter: Letter, now: datetime) -> dict[str, str]:
    signatures = (Webhook(secret).sign(letter.id, now, letter.body) for secret in letter.secrets)
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "hitl-webhooks/1",
        "webhook-id": letter.id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
