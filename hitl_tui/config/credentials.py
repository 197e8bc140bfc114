"""The tokens of `hitl login`: one file of the user's own, readable by nobody else, one token a server."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from hitl_tui.config.load import ConfigError
from hitl_tui.config.places import config_dir

FILE_NAME = "credentials.json"
TOKEN_VARIABLE = "HITL_TOKEN"  # noqa: S105  (a name, not a secret)


@dataclass(frozen=True, slots=True)
class Credential:
    """A token and whom it stands for, as the server said when it was given."""

    token: str
    name: str
    role: str


def server_of(address: str) -> str:
    """The one spelling of a server's address under which its token is kept: no path's end, lower case."""
    parts = urlsplit(address)
    return f"{parts.scheme.lower()}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def token_for(address: str) -> str | None:
    """The token for a server: `HITL_TOKEN`, else the one of `hitl login`, else None. ConfigError."""
    given = os.environ.get(TOKEN_VARIABLE, "").strip()
    if given:
        return given
    known = credentials().get(server_of(address))
    return known.token if known else None


def credentials(directory: Path | None = None) -> dict[str, Credential]:
    """Every token that is kept, by server; ConfigError when the file is not one of ours."""
    path = (directory or config_dir()) / FILE_NAME
    try:
        stored = json.loads(path.read_text("utf-8"))
        return {server: Credential(**fields) for server, fields in stored.items()}
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError("{path} cannot be read: {why}", path=path, why=error.strerror) from None
    except (ValueError, TypeError, AttributeError):
        raise ConfigError(
            "{path} is damaged: remove it and use `hitl login` again", path=path
        ) from None


def keep(address: str, credential: Credential, directory: Path | None = None) -> Path:
    """Keep the token of a server in place of an earlier one; the file is replaced whole, mode 0600.

    Returns the file. Raises ConfigError, OSError.
    """
    place = directory or config_dir()
    known = {**credentials(place), server_of(address): credential}
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = place / FILE_NAME
    temporary = path.with_suffix(".new")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(handle, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({server: asdict(one) for server, one in known.items()}, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    return path
