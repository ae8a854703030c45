"""What every request must pass before it reaches the page, and the headers that every response carries.

Gradio serves more than this page needs: a proxy, files by address, uploads, recordings. Only what is on the list gets
through.
"""

from __future__ import annotations

import ipaddress
import re
import secrets
import socket
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_GRADIO = re.compile(
    r"/(?:"
    r"|config/?|theme\.css|favicon\.ico|robots\.txt|manifest\.json"
    r"|(?:assets|static|svelte)/[^\\]*"
    r"|gradio_api/(?:info/?|config/?|theme\.css|startup-events|app_id/?|login_check/?|user/?|cancel|reset/?"
    r"|heartbeat/\w+|queue/(?:join|data)|call/(?:v2/)?\w+(?:/\w+)?|openapi\.json|assets/[^\\]*)"
    r")"
)
_OURS = re.compile(
    r"/(?:login|logout|chat/.*|page/[\w.-]+|v1/(?:chat/completions|models(?:/[\w.:-]+)?)|mcp)/?", re.DOTALL
)
LARGEST_BODY = 2 * 2**20
"""Bytes of a request's body; uploads have a limit of their own."""

_POLICY = (
    "default-src 'self'; script-src 'self' {scripts} 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; media-src 'none'; "
    "object-src 'none'; frame-src 'none'; frame-ancestors 'none'; form-action 'self'; base-uri 'self'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
_SCRIPT = re.compile(rb"<script(?=[\s>])")
_FOREIGN = re.compile(rb"<meta\b[^>]*\b(?:og|twitter):[^>]*>", re.DOTALL)


def is_loopback(host: str) -> bool:
    """True for an address that only this machine can reach."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Guard:
    """ASGI middleware: Host and Origin, the list of paths, the size of a body, and the response's headers.

    A name that somebody else's DNS points at this machine is no way in: on loopback only loopback's names are
    answered, elsewhere only the machine's own, the one that is served on, and bare addresses; and `names`, by which a
    proxy is known.
    """

    def __init__(self, app: ASGIApp, *, host: str, names: str | None = None) -> None:
        self._app = app
        self._loopback = is_loopback(host)
        own = LOOPBACK if self._loopback else (*LOOPBACK, host, socket.gethostname(), socket.getfqdn())
        self._names = {name.strip().lower() for name in (*own, *(names or "").split(",")) if name.strip()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        if refusal is not None:
            await _decorated(refusal, scope, receive, send)
            return
        await _decorated(self._app, scope, _limited(receive, scope), send)

    def _refusal(self, scope: Scope, headers: Headers) -> ASGIApp | None:
        path = scope["path"]
        if not self._known(headers.get("host", "")):
            return PlainTextResponse("This address is not served here: QA_HOSTNAME can name it.", 421)
        if not (_GRADIO.fullmatch(path) or _OURS.fullmatch(path)) or ".." in path.split("/"):
            return PlainTextResponse("There is nothing here.", 404)
        if scope["method"] not in ("GET", "HEAD") and not _same_origin(headers):
            return PlainTextResponse("Requests from other sites are refused.", 403)
        length = headers.get("content-length", "0")
        if not length.isdigit() or (int(length) > LARGEST_BODY and not _is_upload(scope)):
            return PlainTextResponse("The request is too large.", 413)
        return None

    def _known(self, host: str) -> bool:
        try:
            name = (urlsplit(f"//{host}").hostname or "").lower()
        except ValueError:
            return False
        if name in self._names:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return not self._loopback or is_loopback(name)


def _same_origin(headers: Headers) -> bool:
    """False where a browser says that another site makes the request; programs send no Origin."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    if origin is None:
        return True
    try:
        return bool(urlsplit(origin).netloc.lower() == headers.get("host", "").lower())
    except ValueError:
        return False


def _is_upload(scope: Scope) -> bool:
    return bool(scope["method"] == "PUT" and scope["path"].startswith("/chat/documents/"))


def _limited(receive: Receive, scope: Scope) -> Receive:
    """Ends a body that is sent in pieces, without saying how long it is, once it is too long."""
    if _is_upload(scope):
        return receive
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        message = await receive()
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            if taken > LARGEST_BODY:
                return {"type": "http.disconnect"}
        return message

    return limited


async def _decorated(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Runs the app; adds the headers, and to the scripts of a page the nonce without which none runs."""
    nonce = secrets.token_urlsafe(16)
    start: Message | None = None
    page: list[bytes] = []

    async def decorate(message: Message) -> None:
        nonlocal start
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name in [name for name in headers if name.lower().startswith("access-control-")]:
                del headers[name]
            for name, value in _HEADERS.items():
                headers[name] = value
            headers["Content-Security-Policy"] = _POLICY.format(scripts=f"'nonce-{nonce}'")
            if not scope["path"].startswith(("/assets/", "/static/", "/page/", "/svelte/")):
                headers["Cache-Control"] = "no-store"
            if headers.get("content-type", "").startswith("text/html") and "content-encoding" not in headers:
                start = message
                return
        elif start is not None and message["type"] == "http.response.body":
            page.append(message.get("body", b""))
            if message.get("more_body"):
                return
            body = _SCRIPT.sub(f'<script nonce="{nonce}"'.encode(), _FOREIGN.sub(b"", b"".join(page)))
            MutableHeaders(scope=start)["Content-Length"] = str(len(body))
            await send(start)
            await send({"type": "http.response.body", "body": body if scope["method"] != "HEAD" else b""})
            return
        await send(message)

    # The page must arrive uncompressed to get its nonce; on loopback that costs nothing.
    kept = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding" or scope["path"] != "/"]
    await app({**scope, "headers": kept}, receive, decorate)
