"""Keeps out of a process what libraries load and it may never need.

OpenSSL is some 5 MB and a fiftieth of the start. asyncio loads it wherever there is one, for TLS of its own,
and `hmac`, which pydantic loads, does so for hashes. The workstation uses neither: it speaks TLS through
`ssl`, outside of asyncio, and only to a server; the hashes of CPython itself are enough for a verdict.

`importlib.metadata`, with the e-mail parser behind it, is another fortieth. Pydantic loads it to look for
plugins that are switched off.
"""

from __future__ import annotations

import importlib
import sys
from importlib.util import find_spec
from types import ModuleType
from typing import Any

SCREENS = frozenset({"demo", "review"})
"""The commands that open the workstation."""

_OPENSSL = ("ssl", "_ssl", "_hashlib")
_SHA2 = ("_sha2",) if sys.version_info >= (3, 12) else ("_sha256", "_sha512")
_OWN_HASHES = ("_md5", "_sha1", *_SHA2, "_sha3", "_blake2")
_LOADERS = ("asyncio", "hashlib", "hmac")
_METADATA = "importlib.metadata"


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


def without_metadata() -> None:
    """Load `importlib.metadata` when something is asked of it, not when it is imported."""
    if _METADATA in sys.modules or (spec := find_spec(_METADATA)) is None:
        return
    later = _Metadata(_METADATA)
    later.__path__ = spec.submodule_search_locations or []
    sys.modules[_METADATA] = importlib.metadata = later


class _Metadata(ModuleType):
    """Stands in for the module until then; whoever has it by then goes on with it."""

    def __getattr__(self, name: str) -> object:
        return getattr(_metadata(), name)

    @staticmethod
    def entry_points(**wanted: Any) -> Any:
        """The one function that is imported by name long before it is called, if ever."""
        return _metadata().entry_points(**wanted)


def _metadata() -> Any:
    if isinstance(sys.modules.get(_METADATA), _Metadata):
        del sys.modules[_METADATA]
    return importlib.import_module(_METADATA)
