"""The JSON API: the same visits and the same Screens as the pages, for programs.

A session's id is the key to it: 128 random bits that only its starter knows, sent as a bearer token. No cookie counts here, so there is
nothing that another site could use. ``/api/openapi.json`` describes it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import anyio
from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from engross import errors
from engross.engine.screen import Screen, to_data
from engross.store.vault import session_hash
from engross.web.events import LOOK_SECONDS, followed
from engross.web.files import send_file
from engross.web.forms import Upload, is_writable, plain_name
from engross.web.interview import is_confidential
from engross.web.site import (
    Refused,
    Site,
    address_of,
    causes_of,
    is_loopback,
    log,
    new_code,
    site_of,
    slow_down,
)
from engross.web.words import is_language

Endpoint = Callable[[Request], Awaitable[Response]]
LONGEST_WAIT_SECONDS = 25.0
STARTS = "starts of the JSON API"
"""Owner, in the commons, of the sessions that were started with an ``Idempotency-Key``."""


def answered(endpoint: Endpoint) -> Endpoint:
    """*endpoint*, its errors as JSON with a sentence and a status."""

    async def safe(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Refused as error:
            again = {"retry-after": str(error.retry_after)} if error.retry_after else {}
            return JSONResponse({"error": error.message}, error.status, headers=again)
        except errors.SessionGone:
            return JSONResponse({"error": "There is no such session."}, 404)
        except errors.SourceError:
            return JSONResponse({"error": "This interview is not served here."}, 404)
        except errors.NotPermitted as error:
            return JSONResponse({"error": str(error)}, 403)
        except errors.VisitorError as error:
            return JSONResponse({"error": str(error)}, 400)
        except errors.Conflict:
            return JSONResponse({"error": "The session went on meanwhile. Ask for its screen again."}, 409)
        except Exception as error:  # noqa: BLE001 - whatever an interview's code raises is told by a code
            code = new_code()
            log.error("api failed", code=code, path=request.scope["route"].path, **causes_of(error))
            return JSONResponse({"error": "The interview has a problem.", "code": code}, 500)

    return safe


@answered
async def listing(request: Request) -> Response:
    """The interviews that can be started."""
    site = site_of(request)
    served = await site.run(site.interviews.served)
    return JSONResponse([{"interview": one.reference, "title": one.title, "description": one.description} for one in served])


@answered
async def start(request: Request) -> Response:
    """A new session: its id and its first screen. A second request with the same ``Idempotency-Key`` gets the same session."""
    site = site_of(request)
    key = _idempotency_key(request)
    digest = hashlib.sha256(await request.body()).hexdigest() if key else ""
    if key and (kept := await site.run(site.store.commons.get, STARTS, key)):
        return await _started(site, kept, digest)
    if not is_loopback(request) and site.starts.take(address_of(request)):
        raise Refused(429, "Too many sessions were started from here.")
    content = await _json(request, site)
    reference = await site.run(site.interviews.resolve, _text(content, "interview"))
    if is_confidential(await site.run(site.interviews.get, reference)):
        raise Refused(403, "This form is confidential: it can be used in a browser only, which holds half of its key.")
    given = content.get("url_arguments", {})
    if not isinstance(given, dict):
        raise Refused(400, "`url_arguments` must be an object.")
    arguments = {str(name): str(value) for name, value in given.items()}
    language = content.get("language")
    shown = await site.run(
        site.visits.start,
        reference,
        url_arguments=arguments,
        device={"user_agent": "api", "ip": address_of(request)} | _webhook(content, site),
        language=language if isinstance(language, str) and is_language(language) else None,
    )
    if key:
        kept = await site.run(site.store.commons.put_first, STARTS, key, {"session": shown.session_id, "request": digest})
        if kept["session"] != shown.session_id:  # the same request came twice at once
            await site.run(site.visits.delete, shown.session_id)
            return await _started(site, kept, digest)
    return JSONResponse(_shown(shown) | {"session": shown.session_id}, 201)


async def _started(site: Site, kept: dict[str, str], digest: str) -> Response:
    """The screen now of the session that an earlier request started. Raises Refused when that was another request."""
    if kept["request"] != digest:
        raise Refused(422, "This `Idempotency-Key` was sent with another request.")
    shown = await site.run(site.visits.show, kept["session"])
    return JSONResponse(_shown(shown) | {"session": kept["session"]}, 201)


def _idempotency_key(request: Request) -> str:
    """The key that the program chose for this request, or none. Whoever knows it gets the session, so it must be hard to guess.
    Raises Refused."""
    key = request.headers.get("idempotency-key", "").strip()
    if key and not re.fullmatch(r"[\x21-\x7e]{20,200}", key):
        raise Refused(400, "`Idempotency-Key` must be 20 to 200 letters, digits and signs that nobody can guess, such as a UUID.")
    return key


@answered
async def screen(request: Request) -> Response:
    """The session's screen now."""
    site = site_of(request)
    return JSONResponse(_shown(await site.run(site.visits.show, _session(request))))


@answered
async def answer(request: Request) -> Response:
    """Answer a screen. Sending the same screen's id again changes nothing, so a lost response can be asked for again."""
    site = site_of(request)
    content = await _json(request, site)
    fields = content.get("fields", {})
    if not isinstance(fields, dict):
        raise Refused(400, "`fields` must be an object: key → text or list of texts.")
    form = {str(key): [str(one) for one in (value if isinstance(value, list) else [value])] for key, value in fields.items()}
    shown = await site.run(site.visits.submit, _session(request), _text(content, "screen_id"), form, _uploads(content, site))
    return JSONResponse(_shown(shown), 422 if shown.errors else 200)


@answered
async def act(request: Request) -> Response:
    """Do what a button or link of the screen asks for."""
    site = site_of(request)
    content = await _json(request, site)
    arguments = content.get("arguments", {})
    if not isinstance(arguments, dict):
        raise Refused(400, "`arguments` must be an object.")
    shown = await site.run(site.visits.act, _session(request), _text(content, "action"), arguments)
    return JSONResponse(_shown(shown))


@answered
async def back(request: Request) -> Response:
    """One step back."""
    site = site_of(request)
    content = await _json(request, site)
    return JSONResponse(_shown(await site.run(site.visits.back, _session(request), _text(content, "screen_id"))))


@answered
async def wait(request: Request) -> Response:
    """The next events of the session after number ``after``; an empty list after ``seconds``."""
    site = site_of(request)
    session_id = _session(request)
    after, seconds = request.query_params.get("after", "0"), request.query_params.get("seconds", "20")
    if not (after.isascii() and after.isdigit() and len(after) < 12 and re.fullmatch(r"\d{1,3}(\.\d{1,3})?", seconds)):
        raise Refused(400, "`after` and `seconds` must be numbers.")
    end = anyio.current_time() + min(float(seconds), LONGEST_WAIT_SECONDS)
    with followed(site, session_id) as bell:
        while not (found := await site.run(site.store.events.after, session_id, int(after))) and (left := end - anyio.current_time()) > 0:
            if site.stopping and site.stopping.is_set():
                break
            await bell.wait(min(left, LOOK_SECONDS))
    return JSONResponse([{"number": event.number, "kind": event.kind, "data": event.data} for event in found])


@answered
async def file(request: Request) -> Response:
    """A file of the session."""
    return await send_file(request, _session(request), request.path_params["file_id"])


@answered
async def delete(request: Request) -> Response:
    """Destroy the session: answers, files, key."""
    site = site_of(request)
    if await site.run(site.visits.delete, _session(request)) is False:
        return JSONResponse({"error": "There is no such session."}, 404)
    return Response(status_code=204)


async def description(request: Request) -> Response:
    """OpenAPI 3.1."""
    return JSONResponse(openapi())


def _session(request: Request) -> str:
    """The session id of the bearer token. Raises Refused."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not re.fullmatch(r"[0-9a-f]{32}", token.strip()):
        raise Refused(401, "Send the session's id as a bearer token.")
    if request.method not in ("GET", "HEAD"):
        slow_down(request, session_hash(token.strip()))
    return token.strip()


async def _json(request: Request, site: Site) -> dict[str, Any]:
    """The body as an object. Raises Refused."""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise Refused(415, "Send JSON.")
    try:
        content = json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise Refused(400, "This is no JSON.") from error
    if not isinstance(content, dict) or _is_deeper(content, site.settings.json_depth):
        raise Refused(400, "Send one object that is not nested too deeply.")
    answers = content.get("fields")  # whose texts are told at their fields
    if not is_writable({**content, "fields": list(answers) if isinstance(answers, dict) else answers}):
        raise Refused(400, "A text holds control characters or half a character.")
    return content


def _is_deeper(value: Any, most: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return most <= 0 or any(_is_deeper(one, most - 1) for one in inner)


def _text(content: dict[str, Any], name: str) -> str:
    value = content.get(name)
    if not isinstance(value, str) or not value:
        raise Refused(400, f"`{name}` must be a text.")
    return value


def _webhook(content: dict[str, Any], site: Site) -> dict[str, str]:
    """The address that is told when papers are ready. Only hosts that the operator named: the server must not be made to ask others.
    Raises Refused."""
    url = content.get("webhook")
    if url is None:
        return {}
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
    except ValueError:  # such as half an IPv6 address
        parts = urlsplit("")
    if parts.scheme not in ("https", "http") or parts.hostname not in site.settings.webhook_hosts:
        raise Refused(400, "`webhook` must be an address at a host that the setting `webhook_hosts` names.")
    return {"webhook": str(url)}


def _uploads(content: dict[str, Any], site: Site) -> dict[str, list[Upload]]:
    """``files``: key → list of ``{"name", "type", "base64"}``."""
    given = content.get("files", {})
    try:
        made = {
            str(key): [
                Upload(name=plain_name(str(one["name"])), mimetype=str(one.get("type") or ""), data=base64.b64decode(one["base64"], validate=True))
                for one in listed
            ]
            for key, listed in given.items()
        }
    except (KeyError, TypeError, AttributeError, binascii.Error, ValueError) as error:
        raise Refused(400, '`files` must be an object: key → list of {"name", "type", "base64"}.') from error
    for listed in made.values():
        if len(listed) > site.settings.files_per_field or any(len(one.data) > site.settings.file_limit for one in listed):
            raise Refused(413, "A file is too large, or there are too many.")
    return made


def _shown(shown: Any) -> dict[str, Any]:
    """What a visit shows, as JSON."""
    waiting = shown.waiting
    return {
        "screen_id": shown.screen_id,
        "version": shown.version,
        "screen": to_data(shown.screen),
        "errors": dict(shown.errors or {}),
        "notice": shown.notice,
        "waiting": None
        if waiting is None
        else {
            "position": waiting.position,
            "seconds": [waiting.seconds_low, waiting.seconds_high],
            "papers": [
                {
                    "name": one.name, "state": one.state, "page": one.page, "pages": one.pages, "file_id": one.file_id, "words": one.words,
                }
                for one in waiting.papers
            ],
        },
    }


TABLE: tuple[tuple[str, str, Endpoint, str], ...] = (
    ("GET", "/api/interviews", listing, "The interviews that can be started"),
    ("POST", "/api/sessions", start, "Start: {interview, url_arguments?, language?, webhook?}"),
    ("GET", "/api/session", screen, "The screen now"),
    ("POST", "/api/session/answer", answer, "Answer a screen: {screen_id, fields: {key: text or texts}, files?}"),
    ("POST", "/api/session/action", act, "Do what a button or link asks for: {action, arguments}"),
    ("POST", "/api/session/back", back, "One step back: {screen_id}"),
    ("GET", "/api/session/events", wait, "Wait for events: ?after=&seconds="),
    ("GET", "/api/session/files/{file_id}", file, "A file of the session"),
    ("DELETE", "/api/session", delete, "Destroy the session"),
)


def routes() -> list[Route]:
    """The API's addresses."""
    return [*(Route(path, endpoint, methods=[method]) for method, path, endpoint, _ in TABLE), Route("/api/openapi.json", description, methods=["GET"])]


def _schemas_of_screens() -> dict[str, Any]:
    """Screen and its parts as JSON schemas. ``to_data`` leaves out what is as by default, so only what has no default is required."""
    schema = TypeAdapter(Screen).json_schema(ref_template="#/components/schemas/{model}")
    parts: dict[str, Any] = schema.pop("$defs")
    for kept in (schema, *parts.values()):
        for name, said in kept["properties"].items():
            if {"type": "string", "format": "binary"} in said.get("anyOf", [said]):
                kept["properties"][name] = {"type": "object", "properties": {"__bytes__": {"type": "string", "description": "As Latin-1 text"}}}
    schema["description"] = "One screen. A name that is left out has its default."
    return {"Screen": schema, **parts}


def openapi() -> dict[str, Any]:
    """The API described in OpenAPI 3.1."""
    shown = {"$ref": "#/components/schemas/Shown"}
    paths: dict[str, Any] = {}
    for method, path, endpoint, summary in TABLE:
        operation: dict[str, Any] = {
            "summary": summary,
            "operationId": getattr(endpoint, "__name__", "safe") + method.title() + re.sub(r"\W+", "_", path),
            "responses": {"200": {"description": "Done", "content": {"application/json": {"schema": shown}}}, "default": {"$ref": "#/components/responses/Error"}},
        }
        if path.startswith("/api/session/") or path == "/api/session":
            operation["security"] = [{"session": []}]
        if method == "POST":
            operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
        if endpoint is start:
            operation["parameters"] = [{"name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "minLength": 20, "maxLength": 200}}]
        if "{file_id}" in path:
            operation["parameters"] = [{"name": "file_id", "in": "path", "required": True, "schema": {"type": "string"}}]
        paths.setdefault(path, {})[method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "Engross", "version": "1", "description": "Interviews, screen by screen. A screen's fields say by their keys what an answer may set."},
        "paths": paths,
        "components": {
            "securitySchemes": {"session": {"type": "http", "scheme": "bearer", "description": "The session's id"}},
            "responses": {
                "Error": {
                    "description": "Why nothing was done",
                    "content": {"application/json": {"schema": {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}, "code": {"type": "string"}}}}},
                }
            },
            "schemas": {
                **_schemas_of_screens(),
                "Shown": {
                    "type": "object",
                    "properties": {
                        "session": {"type": "string"}, "screen_id": {"type": "string"}, "version": {"type": "integer"}, "screen": {"$ref": "#/components/schemas/Screen"},
                        "errors": {"type": "object", "additionalProperties": {"type": "string"}}, "notice": {"type": ["string", "null"]}, "waiting": {"type": ["object", "null"]},
                    },
                }
            },
        },
    }
