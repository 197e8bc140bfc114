"""Keeps OpenSSL out of a process that may never need it: some 5 MB and a fiftieth of the start.

asyncio loads OpenSSL wherever there is one, for TLS of its own, and `hmac`, which pydantic loads, does so
for hashes. The workstation uses neither: it speaks TLS through `ssl`, outside of asyncio, and only to a
server; the hashes of CPython itself are enough for a verdict.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec

_OPENSSL = ("ssl", "_ssl", "_hashlib")
_SHA2 = ("_sha2",) if sys.version_info >= (3, 12) else ("_sha256", "_sha512")
_OWN_HASHES = ("_md5", "_sha1", *_SHA2, "_sha3", "_blake2")
_LOADERS = ("asyncio", "hashlib", "hmac")


def without_openssl() -> bool:
    """Load asyncio and the hashes as a Python that was built without OpenSSL does; tell whether it was done.

    Afterwards `import ssl` works as ever. Nothing is done where one of them is loaded already, or where
    Python has no hashes of its own, as some distributions build it.
    """
    if not sys.modules.keys().isdisjoint((*_OPENSSL, *_LOADERS)):
        return False
    if not all(map(find_spec, _OWN_HASHES)):
        return False
    # A module that is None cannot be imported: ImportError, which all three are prepared for.
    sys.modules.update(dict.fromkeys(_OPENSSL))  # type: ignore[arg-type]
    try:
        import asyncio  # noqa: F401, PLC0415
        import hashlib  # noqa: F401, PLC0415
        import hmac  # noqa: F401, PLC0415
    finally:
        for name in _OPENSSL:
            del sys.modules[name]
    return True
