"""The OpenAPI 3.1 document, made from the shapes and the table of endpoints."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from hitl_tui import __version__
from hitl_tui.model.case import NEEDS, ONLY
from hitl_tui.server import asking, shapes
from hitl_tui.server.auth import ALLOWED, OPEN
from hitl_tui.server.endpoints import ENDPOINTS, TEXT, Takes
from hitl_tui.server.problems import KINDS, MEDIA_TYPE

Schema = dict[str, Any]
_REF = "#/components/schemas/{model}"

_PARAMETERS: Mapping[str, Schema] = {
    "token": {"type": "integer", "minimum": 1, "maximum": 2**53 - 1},
    "id": {"type": "string", "minLength": 1, "maxLength": 512},
    "case": {"type": "string", "minLength": 1, "maxLength": 512},
}
_REQUIRED = (
    shapes.Handed,
    shapes.ChangeRequest,
    shapes.VerdictRequest,
    shapes.AdjudicationRequest,
    shapes.AcknowledgeRequest,
    shapes.HookRequest,
    shapes.SplitsRequest,
    shapes.ExportRequest,
)
_VERDICT_ID = {"type": "string", "format": "uuid"}


@cache
def document() -> str:
    """The document as JSON, indented."""
    return json.dumps(_document(), indent=1) + "\n"


def _document() -> Schema:
    references, schemas = _schemas()
    paths: dict[str, Schema] = {}
    for endpoint, takes in ENDPOINTS.items():
        method, path = endpoint.split(" ")
        paths.setdefault(path, {})[method.lower()] = _operation(endpoint, takes, references)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "hitl queue",
            "version": __version__,
            "description": "Cases in, verdicts and answers out. Errors are problem details with a "
            "stable `code`; unknown fields are refused; times are RFC 3339 in UTC.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _schemas() -> tuple[Mapping[tuple[type[BaseModel], JsonSchemaMode], str], dict[str, Schema]]:
    asked = {t.body for t in ENDPOINTS.values() if isinstance(t.body, type)}
    answered = {
        shape for t in ENDPOINTS.values() for shape in t.answers.values() if isinstance(shape, type)
    } | {shapes.ProblemAnswer}
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        (shape, "validation") for shape in sorted(asked, key=lambda s: s.__name__)
    ]
    wanted += [(shape, "serialization") for shape in sorted(answered, key=lambda s: s.__name__)]
    references, definitions = models_json_schema(wanted, ref_template=_REF)
    schemas = definitions["$defs"]
    schemas["Handed"] = _handed(schemas["Handed"])
    schemas["VerdictRequest"] = _verdict(schemas["VerdictRequest"])
    schemas["ReleaseRequest"] = _release(schemas["ReleaseRequest"])
    schemas["ChangeRequest"] = _change(schemas["ChangeRequest"])
    del schemas["ClaimRequest"]["properties"]["wait"]
    schemas["Json"] = _JSON
    for name in ("Action", "Action-Input"):
        if name in schemas:
            schemas[name]["properties"]["arguments"]["additionalProperties"] = _ANY
    names = {pair: references[pair]["$ref"] for pair in wanted}
    return names, dict(sorted(schemas.items()))


def _handed(schema: Schema) -> Schema:
    """A case by its kind: what that kind needs, and nothing that belongs to another."""
    properties = dict(schema["properties"])
    text = {"type": "string"}
    for name in ("input", "context"):
        whole = dict(properties[name])
        if name == "context":
            whole["items"] = {"anyOf": [text, whole["items"]]}
        properties[name] = {"anyOf": [text, whole], "default": whole.pop("default", [])}
    for name in ("attributes", "metadata"):
        properties[name] = {**properties[name], "additionalProperties": _ANY}
    return {"anyOf": [_of_kind(schema, properties, kind) for kind in NEEDS]}


# Of a number only what fits in 64 bits: a wider one is refused, not rounded.
_ANY: Schema = {"$ref": _REF.format(model="Json")}
_JSON: Schema = {
    "anyOf": [
        {"type": ["null", "boolean", "string"]},
        {"type": "number", "minimum": -asking.WIDEST, "maximum": asking.WIDEST},
        {"type": "array", "items": _ANY},
        {"type": "object", "additionalProperties": _ANY},
    ]
}


def _of_kind(schema: Schema, properties: Schema, kind: str) -> Schema:
    own = {
        name: value for name, value in properties.items() if name not in ONLY or kind in ONLY[name]
    }
    own["kind"] = {"const": kind, "type": "string"}
    for name in NEEDS[kind]:
        own[name] = _needed(name, own[name])
    # As a pattern, so that a program which fills in every property does not make up an id: two cases
    # with the same one are a conflict, and without one the server gives a new one.
    id_schema = own.pop("id")
    required = [*NEEDS[kind], *(() if kind == "response" else ("kind",))]
    return {
        **schema,
        "title": f"Case of kind {kind}",
        "properties": own,
        "patternProperties": {"^id$": id_schema},
        "required": required,
    }


def _needed(name: str, schema: Schema) -> Schema:
    """The schema of a field that has to be there: not null, and not empty."""
    schema = {key: value for key, value in schema.items() if key != "default"}
    choices = [one for one in schema.get("anyOf", []) if one != {"type": "null"}]
    if name == "candidates":
        return {**schema, "minItems": 2}
    if name == "input":
        choices = [{**one, "minItems": 1} if one.get("type") == "array" else one for one in choices]
    return choices[0] if len(choices) == 1 else {**schema, "anyOf": choices}


def _verdict(schema: Schema) -> Schema:
    """A verdict whose `case_id` is a pattern, as the id of a case is: nobody should make one up.

    Which decisions and texts fit depends on the kind of the case, which no schema of the request can say.
    """
    properties = dict(schema["properties"])
    case_id = properties.pop("case_id")
    return {**schema, "properties": properties, "patternProperties": {"^case_id$": case_id}}


def _release(schema: Schema) -> Schema:
    """A snooze has its time, and nothing else has one."""
    until = {"type": "string", "format": "date-time"}
    reason = {"type": "string"}
    snooze = {
        **schema["properties"],
        "reason": {**reason, "const": "snooze"},
        "until": until,
    }
    other = {
        **schema["properties"],
        "reason": {**reason, "enum": ["skip", "quit"], "default": "quit"},
        "until": {"type": "null"},
    }
    return {
        "anyOf": [
            {**schema, "properties": snooze, "required": ["reason", "until"]},
            {**schema, "properties": other},
        ]
    }


def _change(schema: Schema) -> Schema:
    """At least one thing that shall be different, or out of the queue, not both."""
    properties = schema["properties"]
    note, nothing = properties["note"], {"type": "null"}
    wanted = {name: _not_null(properties[name]) for name in ("priority", "due", "pool")}
    changes = [
        {
            **schema,
            "properties": {
                **{other: properties[other] for other in wanted},
                name: needed,
                "withdraw": {"const": False, "type": "boolean"},
                "note": note,
            },
            "required": [name],
        }
        for name, needed in wanted.items()
    ]
    out = {**dict.fromkeys(wanted, nothing), "withdraw": {"const": True, "type": "boolean"}}
    withdrawal = {**schema, "properties": {**out, "note": note}, "required": ["withdraw"]}
    return {"anyOf": [*changes, withdrawal]}


def _operation(
    endpoint: str,
    takes: Takes,
    references: Mapping[tuple[type[BaseModel], JsonSchemaMode], str],
) -> Schema:
    method, path = endpoint.split(" ")
    operation: Schema = {"summary": takes.summary, "operationId": _operation_id(method, path)}
    if endpoint not in OPEN:
        operation["security"] = [{"token": []}]
        roles = "Roles: " + ", ".join(sorted(ALLOWED[endpoint])) + "."
        operation["description"] = f"{roles} {takes.also}".rstrip()
    parameters = [*_in_path(path), *_in_query(takes.query)]
    if parameters:
        operation["parameters"] = parameters
    if takes.body is not None:
        operation["requestBody"] = _body(takes.body, references)
    operation["responses"] = {
        **{str(status): _answer(shape, references) for status, shape in takes.answers.items()},
        **_problems(endpoint, takes, references),
    }
    return operation


def _operation_id(method: str, path: str) -> str:
    words = path.replace("/v1", "").replace("{", "").replace("}", "")
    return method.lower() + "".join(
        word.capitalize() for word in words.replace(":", "/").replace(".", "/").split("/")
    )


def _in_path(path: str) -> list[Schema]:
    found = []
    for name, schema in _PARAMETERS.items():
        if "{" + name + "}" in path:
            fits = _VERDICT_ID if path.startswith("/v1/verdicts") else schema
            found.append({"name": name, "in": "path", "required": True, "schema": fits})
    return found


def _in_query(query: type[BaseModel]) -> list[Schema]:
    properties = query.model_json_schema()["properties"] if query.model_fields else {}
    return [
        {"name": name, "in": "query", "schema": _not_null(schema)}
        for name, schema in properties.items()
    ]


def _not_null(schema: Schema) -> Schema:
    choices = [one for one in schema.get("anyOf", []) if one != {"type": "null"}]
    return choices[0] if len(choices) == 1 else schema


def _body(
    body: type[BaseModel] | str,
    references: Mapping[tuple[type[BaseModel], JsonSchemaMode], str],
) -> Schema:
    if isinstance(body, str):
        return {"content": {kind: {"schema": {"type": "string"}} for kind in (body, TEXT)}}
    schema = {"$ref": references[body, "validation"]}
    required = body in _REQUIRED
    return {"required": required, "content": {"application/json": {"schema": schema}}}


def _answer(
    shape: type[BaseModel] | str | None,
    references: Mapping[tuple[type[BaseModel], JsonSchemaMode], str],
) -> Schema:
    if shape is None:
        return {"description": "Done, or nothing there."}
    if isinstance(shape, str):
        return {"description": "As it says.", "content": {shape: {}}}
    schema = {"$ref": references[shape, "serialization"]}
    described = (shape.__doc__ or "").split("\n")[0]
    return {"description": described, "content": {"application/json": {"schema": schema}}}


def _problems(
    endpoint: str,
    takes: Takes,
    references: Mapping[tuple[type[BaseModel], JsonSchemaMode], str],
) -> Schema:
    codes = set(takes.codes)
    if endpoint not in OPEN:
        codes |= {"unauthenticated", "forbidden", "invalid", "rate-limited", "store-busy", "error"}
        if "{" in endpoint:
            codes.add("not-found")
        if not endpoint.startswith("GET"):
            codes |= {"payload-too-large", "draining", "store-full"}
    by_status: dict[int, list[str]] = {}
    for code in sorted(codes):
        by_status.setdefault(KINDS[code].status, []).append(code)
    content = {MEDIA_TYPE: {"schema": {"$ref": references[shapes.ProblemAnswer, "serialization"]}}}
    return {
        str(status): {"description": "Codes: " + ", ".join(found) + ".", "content": content}
        for status, found in sorted(by_status.items())
    }
