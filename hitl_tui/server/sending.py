"""One message to one receiver, by Standard Webhooks: signed, to a checked address, never further.

The name is looked up here and the connection goes to the very address that was checked, so a name that
changes its mind between the two leads nowhere. Redirects are not followed, proxies of the environment are
not asked, and nothing of the answer but its status is read.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import httpx
from standardwebhooks import Webhook

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
    except (httpx.HTTPError, OSError) as error:
        return Sent(False, f"it could not be reached ({type(error).__name__})")
    if 200 <= status < 300:
        return Sent(True)
    return Sent(False, f"it answered with {status}", final=status == GONE)


async def _posted(letter: Letter, now: datetime, resolve: Resolve) -> int:
    url = httpx.URL(letter.hook.url)
    port = url.port or (443 if url.scheme == "https" else 80)
    address = await _allowed(url.host, port, resolve, private=letter.hook.private)
    headers = {**_headers(letter, now), "Host": url.netloc.decode("ascii")}
    # The certificate is checked against the name, though the connection is to the address.
    extensions = {"sni_hostname": url.host}
    async with (
        httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=None) as client,  # noqa: S113
        client.stream(
            "POST",
            url.copy_with(host=address),
            content=letter.body.encode("utf-8"),
            headers=headers,
            extensions=extensions,
        ) as answer,
    ):
        return answer.status_code


async def _allowed(host: str, port: int, resolve: Resolve, *, private: bool) -> str:
    found = await resolve(host, port)
    if not found:
        raise OSError
    for address in found:
        if not private and not _is_public(address):
            # One bad address of several is enough: a name of good intent has none.
            raise NotAllowed("its name leads to this machine or into a private network")
    return found[0]


def _is_public(address: str) -> bool:
    it = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(it, ipaddress.IPv6Address):
        inner = it.ipv4_mapped or it.sixtofour or (it.teredo[1] if it.teredo else None)
        if inner is not None:
            return inner.is_global and not inner.is_multicast
        if it in _NAT64:
            return _is_public(str(ipaddress.IPv4Address(int(it) & 0xFFFFFFFF)))
    return it.is_global and not it.is_multicast


_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def _headers(letter: Letter, now: datetime) -> dict[str, str]:
    signatures = (Webhook(secret).sign(letter.id, now, letter.body) for secret in letter.secrets)
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "hitl-webhooks/1",
        "webhook-id": letter.id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
