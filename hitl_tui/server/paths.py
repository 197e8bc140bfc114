"""From a method and a raw path to an endpoint: ids are decoded after the path is split, so any id fits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from hitl_tui.server.problems import Problem, not_found

LONGEST_ID = 512


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a template: a literal, or a parameter with what follows it (`:skip` or nothing)."""

    name: str | None
    tail: str

    def value(self, raw: str) -> str | None:
        """The raw text of the parameter, "" for a literal that fits, None for what does not fit."""
        if self.name is None:
            return "" if raw == self.tail else None
        if not raw.endswith(self.tail) or len(raw) == len(self.tail):
            return None
        return raw.removesuffix(self.tail) if self.tail else raw


@dataclass(frozen=True, slots=True)
class Template:
    """A path with places for parameters and the methods that it takes."""

    text: str
    segments: tuple[Step, ...]
    methods: frozenset[str]

    def match(self, steps: list[str]) -> dict[str, str] | None:
        """The parameters of a path that fits, still encoded."""
        if len(steps) != len(self.segments):
            return None
        found = {}
        for segment, raw in zip(self.segments, steps, strict=True):
            value = segment.value(raw)
            if value is None:
                return None
            if segment.name is not None:
                found[segment.name] = value
        return found


class Paths:
    """The endpoints, such as `GET /v1/cases/{id}`. An id that ends like `:skip` is sent as `%3Askip`."""

    def __init__(self, endpoints: Iterable[str]) -> None:
        methods: dict[str, set[str]] = {}
        for endpoint in endpoints:
            method, text = endpoint.split(" ")
            methods.setdefault(text, set()).add(method)
        templates = [_template(text, frozenset(found)) for text, found in methods.items()]
        # A template with more to say of the last step is looked at first.
        self._templates = sorted(templates, key=lambda t: -len(t.segments[-1].tail))

    def find(self, method: str, raw_path: str) -> tuple[str, Mapping[str, str]]:
        """The endpoint and its parameters; Problem not-found or method-not-allowed."""
        steps = raw_path.split("/")[1:]
        for template in self._templates:
            found = template.match(steps)
            if found is None:
                continue
            if method not in template.methods:
                allowed = ", ".join(sorted(template.methods))
                raise Problem(
                    "method-not-allowed", f"here is: {allowed}", headers={"Allow": allowed}
                )
            return f"{method} {template.text}", {k: _decoded(v) for k, v in found.items()}
        raise not_found()


def _template(text: str, methods: frozenset[str]) -> Template:
    segments = []
    for step in text.split("/")[1:]:
        if step.startswith("{"):
            name, _, tail = step[1:].partition("}")
            segments.append(Step(name, tail))
        else:
            segments.append(Step(None, step))
    return Template(text, tuple(segments), methods)


def _decoded(raw: str) -> str:
    try:
        value = unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        raise not_found() from None
    if not 0 < len(value) <= LONGEST_ID:
        raise not_found()
    return value
