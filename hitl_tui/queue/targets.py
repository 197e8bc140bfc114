"""Where a webhook may lead: its URL when it is made, the addresses behind it when it is used."""

from __future__ import annotations

import ipaddress
import re
import socket
from urllib.parse import urlsplit

from hitl_tui.queue.protocol import Forbidden, Invalid

LONGEST_URL = 2048
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
"""All that is given out of IPv6: the rest is local, old, or an IPv4 address in disguise."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def checked_url(url: str, *, private: bool) -> str:
    """The host of a URL that a webhook may have; Invalid.

    A name leads where it leads only when it is used; an address in it, however it is written, is
    checked here too: Forbidden.
    """
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
        literal = address_in(host or "")
    except ValueError:
        raise Invalid("this is no URL: write https://host/path") from None
    schemes = ("https", "http") if private else ("https",)
    if parts.scheme not in schemes or not host or port == 0 or len(url) > LONGEST_URL:
        raise Invalid("a webhook has a URL such as https://host/path")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise Invalid("the URL of a webhook has no name, password or fragment in it")
    if not url.isascii() or not url.isprintable() or " " in url:
        raise Invalid("the URL of a webhook is plain ASCII: encode what is not")
    if literal is None and ("[" in parts.netloc or not _is_name(host)):
        raise Invalid("there is no host of that name: write https://host/path")
    if literal is not None and not private and not is_public(literal):
        raise Forbidden("a webhook leads to a public address, not to this machine or its network")
    return host


def address_in(host: str) -> str | None:
    """The IP address that a host of a URL stands for by itself, None for a name; ValueError.

    `host` is without the brackets. Numbers count as resolvers read them: 127.1, 0x7f.1, 2130706433.
    """
    if ":" in host:
        return str(ipaddress.IPv6Address(host))
    try:
        return socket.inet_ntoa(socket.inet_aton(host.removesuffix(".")))
    except OSError:
        return None


def is_public(address: str) -> bool:
    """Whether an IP address, with a zone or without, is one of the public network."""
    it = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(it, ipaddress.IPv6Address):
        inner = it.ipv4_mapped or it.sixtofour or (it.teredo[1] if it.teredo else None)
        if it in _NAT64:
            inner = ipaddress.IPv4Address(int(it) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if it not in _GLOBAL_UNICAST:
            return False
    return it.is_global and not it.is_multicast


def _is_name(host: str) -> bool:
    labels = host.removesuffix(".").split(".")
    return all(_LABEL.fullmatch(label) for label in labels)
