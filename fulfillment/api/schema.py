"""The OpenAPI description: what REST framework can't know about our routes is added here.

`finish` is a drf-spectacular post-processing hook. Each operation gets the problems it can answer, the headers
it sends, and closed request objects; so no route has to repeat them and none can forget one.
"""

import json
from typing import Any, Final

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from fulfillment.api.examples import PROBLEMS
from fulfillment.api.problems import KINDS, MEDIA_TYPE, MOST_ERRORS, PAGE, problem

IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 80, "pattern": r"^[\x21-\x7e]{1,80}$"},
    OpenApiParameter.HEADER,
    description=(
        "Any string of your own, a UUID for instance. The same call with the same key is done once: for seven days "
        "its repeats get the first answer again, with `Idempotency-Replayed: true`."
    ),
)

ALWAYS: Final = (400, 401, 403, 405, 406, 500, 503)
"""Problems any route can answer. 400: an unknown query parameter is refused everywhere."""
FOR_ONE: Final = (404,)
FOR_LABELS: Final = (409, 422)
FOR_BODY: Final = (409, 411, 413, 415, 422)

_TEXT: Final = {"type": "string"}
_ERROR: Final[dict[str, Any]] = {
    "type": "object",
    "description": "One wrong place.",
    "properties": {
        "in": {"type": "string", "enum": ["body", "query", "header"]},
        "pointer": _TEXT | {"description": 'In a body: RFC 6901 pointer; "" is the whole of it.'},
        "parameter": _TEXT | {"description": "In a query string or header: its name."},
        "code": _TEXT | {"description": "Stable."},
        "message": _TEXT,
    },
    "required": ["in", "code", "message"],
    "additionalProperties": False,
}
_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "RFC 9457. Branch on `status` and `code`; show `detail` and the errors' messages.",
    "properties": {
        "type": _TEXT | {"format": "uri-reference", "description": f"Leads to the kind's explanation on {PAGE}."},
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "code": _TEXT | {"description": "Stable."},
        "errors": {"type": "array", "maxItems": MOST_ERRORS, "items": {"$ref": "#/components/schemas/ProblemError"}},
        "request_id": _TEXT | {"description": "With 500 and 503: what to quote when you report it."},
    },
    "required": ["type", "title", "status", "detail", "code", "errors"],
    "additionalProperties": False,
}
_RETRY: Final = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}}
_CREATED: Final = {
    "Location": {"description": "Where it can be read.", "schema": _TEXT | {"format": "uri-reference"}},
    "Idempotency-Replayed": {
        "description": "The answer is that of the first call with this key.",
        "schema": {"type": "string", "enum": ["true"]},
    },
}


_DESCRIPTIONS: Final = {
    ("get", "200"): "As it stands now.",
    ("post", "201"): "Created.",
    ("post", "200"): "It was there already, with the same contents.",
}


class BearerScheme(OpenApiAuthenticationExtension):
    """How `auth.BearerToken` looks in the description."""

    target_class = "fulfillment.api.auth.BearerToken"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """A plain bearer token."""
        return {"type": "http", "scheme": "bearer", "description": "`<key id>.<secret>`, as it was shown once."}


def finish(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Adds problems, headers and closed objects to drf-spectacular's own result."""
    components = result["components"]
    schemas = components["schemas"]
    schemas |= {"Problem": _PROBLEM, "ProblemError": _ERROR}
    components["responses"] = {_name(status): _response(status) for status in KINDS}
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            _finish_operation(operation, method, status_codes(path, method))
    for name, schema in schemas.items():
        _finish_object(name, schema)
    return result


def status_codes(path: str, method: str) -> list[int]:
    """The problems this operation can answer."""
    one = FOR_ONE if "{" in path else ()
    labels = FOR_LABELS if path.endswith("/labels") else ()
    body = FOR_BODY if method in {"post", "patch"} else ()
    return sorted({*ALWAYS, *one, *labels, *body})


def _finish_operation(operation: dict[str, Any], method: str, statuses: list[int]) -> None:
    for status, response in operation["responses"].items():
        if any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", [])):
            response["headers"] = dict(_CREATED)
        response["description"] = response.get("description") or _DESCRIPTIONS[method, status]
    operation["responses"] |= {str(status): {"$ref": f"#/components/responses/{_name(status)}"} for status in statuses}


def _finish_object(name: str, schema: dict[str, Any]) -> None:
    """Our convention: `...In` is what comes in and is closed; of what goes out every field is always there."""
    if name.endswith("In"):
        schema["additionalProperties"] = False
    elif name.endswith(("Out", "Summary", "Page")):
        schema["required"] = sorted(schema["properties"])
        for field in schema["properties"].values():
            field.pop("default", None)
            field.pop("readOnly", None)


def _name(status: int) -> str:
    return "".join(part.title() for part in KINDS[status].slug.split("-"))


def _response(status: int) -> dict[str, Any]:
    kind = KINDS[status]
    example = problem(status, **PROBLEMS[status])
    response: dict[str, Any] = {
        "description": f"{kind.title}. {kind.advice}",
        "content": {
            MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": json.loads(example.content)}
        },
    }
    if status in {409, 503}:
        response["headers"] = _RETRY
    return response
