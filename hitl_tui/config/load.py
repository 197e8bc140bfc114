"""Finds and reads `hitl.toml`: precise errors that name the file, the key and what is allowed."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, get_args, get_origin

from pydantic import BaseModel, ValidationError

from hitl_tui.config.places import CONFIG_NAME, config_dir
from hitl_tui.config.settings import Settings
from hitl_tui.model.text import Shown, message

_NEAR = 60.0
_TAKES = {
    "string_type": "a text in quotes",
    "string_too_short": "a text that is not empty",
    "string_pattern_mismatch": "one digit or small letter",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false, without quotes",
    "tuple_type": 'a list, such as ["one", "two"]',
    "dict_type": "a table: its name stands in brackets on a line of its own",
    "model_type": "a table: its name stands in brackets on a line of its own",
    "greater_than": "a number above {gt}",
    "greater_than_equal": "a number from {ge} on",
    "less_than": "a number below {lt}",
    "less_than_equal": "a number up to {le}",
    "literal_error": "{expected}",
}
"""What a setting takes, in the words of the file, by pydantic's type of error."""


Step = str | int


class ConfigError(Exception):
    """A configuration that cannot be used, in one sentence that says where and what is allowed."""

    def __init__(self, template: str, /, **values: object) -> None:
        self.sentence: Shown = message(template, **values)
        super().__init__(self.sentence)


class Configuration(NamedTuple):
    """The settings and the file they come from; `path` is None when there is no file."""

    settings: Settings
    path: Path | None

    def queue_address(self, given: str | None) -> str:
        """Where the queue is: `given` (an option, the environment), the file's, or `hitl.db`.

        A relative path that a file gives starts at the file's directory, not where the program runs.
        """
        address = self.settings.queue.address
        if given is not None:
            return given
        if self.path is None or "address" not in self.settings.queue.model_fields_set:
            return address
        if "://" in address or Path(address).is_absolute():
            return address
        return str(self.path.parent / address)


def configuration(given: Path | None) -> Configuration:
    """The configuration of this run: the file `given`, else `./hitl.toml`, else the user's, else none."""
    if given is not None:
        return Configuration(read(given), given)
    for place in (Path(CONFIG_NAME), config_dir() / CONFIG_NAME):
        if place.is_file():
            return Configuration(read(place), place)
    return Configuration(Settings(), None)


def read(path: Path) -> Settings:
    """The settings in the file at `path`; ConfigError when it cannot be read or says what it may not."""
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise ConfigError("{path} is not there; `hitl init` writes one", path=path) from None
    except IsADirectoryError:
        raise ConfigError("{path} is a directory, not a configuration file", path=path) from None
    except OSError as error:
        raise ConfigError("{path} cannot be read: {why}", path=path, why=error.strerror) from None
    except UnicodeDecodeError as error:
        raise ConfigError("{path} is not UTF-8 at byte {n}", path=path, n=error.start + 1) from None
    return parse(text, str(path))


def parse(text: str, name: str) -> Settings:
    """The settings in a TOML text; `name` stands for the file in errors."""
    try:
        tables = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError("{name} is not TOML: {why}", name=name, why=error) from None
    try:
        return Settings.model_validate(tables)
    except ValidationError as error:
        raise ConfigError("{name}: {what}", name=name, what=_explain(error)) from None


def _explain(error: ValidationError) -> str:
    """What is wrong, as raw text: keys of the file may be in it."""
    parts = []
    for item in error.errors(include_url=False, include_input=False)[:5]:
        steps = item["loc"]
        if item["type"] == "extra_forbidden":
            parts.append(_unknown(steps))
        elif item["type"] == "missing":
            parts.append(f"{_path(steps)} is missing")
        elif takes := _TAKES.get(item["type"]):
            parts.append(f"{_path(steps)} takes {takes.format(**item.get('ctx', {}))}")
        else:
            words = item["msg"].removeprefix("Value error, ")
            parts.append(f"{_path(steps)}: {words[:1].lower()}{words[1:]}")
    return "; ".join(parts)


def _unknown(steps: Sequence[Step]) -> str:
    from rapidfuzz import fuzz, process  # noqa: PLC0415  (40 ms that a good file need not pay)

    known = _fields(Settings, steps[:-1])
    name = str(steps[-1])
    for table, field in Settings.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel) and name in kind.model_fields:
            return f"{_path(steps)} is not a setting; {table}.{name} is: it stands under [{table}]"
    nearest = process.extractOne(name, known, scorer=fuzz.ratio, score_cutoff=_NEAR)
    if nearest:
        return f"{_path(steps)} is not a setting; did you mean {_path([*steps[:-1], nearest[0]])}?"
    return f"{_path(steps)} is not a setting; there are: {', '.join(known)}"


def _fields(model: Any, steps: Sequence[Step]) -> list[str]:
    """The keys that the table at `steps` below `model` may have."""
    for step in steps:
        if isinstance(model, type) and issubclass(model, BaseModel):
            model = model.model_fields[str(step)].annotation
        else:
            origin, arguments = get_origin(model), get_args(model)
            model = arguments[1] if origin is dict else arguments[0]
    return list(model.model_fields)


def _path(steps: Sequence[Step]) -> str:
    """A setting as the file has it: `labels.reason.key`, and which of several, counted from 1."""
    names = ".".join(step for step in steps if isinstance(step, str))[:120] or "the file"
    numbers = ", ".join(str(step + 1) for step in steps if isinstance(step, int))
    return f"{names} (number {numbers})" if numbers else names
