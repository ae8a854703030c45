"""Who is asking: a signed-in user where `QA_AUTH` names some, else whoever holds the browser's random token.

Programs sign in with the same pair, as HTTP Basic or as an API key `user:password`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.errors import SettingsError
from web.templating import render

SESSION, VISITOR = "footnote_session", "footnote_visitor"
_DAYS = 24 * 3600
_LASTS = 30 * _DAYS
_OPEN = ("/login", "/page/footnote.css", "/page/icon.svg", "/favicon.ico", "/robots.txt")


def parse_accounts(stated: str | None) -> dict[str, str]:
    """`user:password`, comma for more → passwords by user.

    Raises:
        SettingsError: a part of it is no such pair.
    """
    accounts: dict[str, str] = {}
    for part in (stated or "").split(","):
        if not part.strip():
            continue
        user, colon, password = part.strip().partition(":")
        if not (user and colon and password):
            raise SettingsError("QA_AUTH takes user:password, comma for more: one of its parts is not such a pair.")
        accounts[user] = password
    return accounts


@dataclass(slots=True)
class _Failures:
    count: int
    until: float


class Attempts:
    """Failed sign-ins by address and by user: after a few, none is looked at for a while."""

    def __init__(
        self,
        allowed: int = 5,
        pause: float = 300.0,
        kept: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._allowed = allowed
        self._pause = pause
        self._kept = kept
        self._clock = clock
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def wait(self, *keys: str) -> int:
        """Seconds until one of these may try again; 0 for at once."""
        now = self._clock()
        blocked = [
            found.until - now for key in keys if (found := self._failures.get(key)) and found.count >= self._allowed
        ]
        return max((int(seconds) + 1 for seconds in blocked if seconds > 0), default=0)

    def failed(self, *keys: str) -> None:
        """Counts a failure."""
        now = self._clock()
        for key in keys:
            found = self._failures.pop(key, None)
            if found is None or found.until <= now:
                found = _Failures(0, 0.0)
            self._failures[key] = _Failures(found.count + 1, now + self._pause)
            if len(self._failures) > self._kept:
                self._failures.popitem(last=False)

    def succeeded(self, *keys: str) -> None:
        """Forgets earlier failures."""
        for key in keys:
            self._failures.pop(key, None)


class Accounts:
    """The users, and the cookies that say who has signed in. A changed password ends the sessions made with the old
    one."""

    def __init__(self, passwords: dict[str, str], store: Path, attempts: Attempts | None = None) -> None:
        self.passwords = passwords
        self._key = _key(store / "session.key") if passwords else b""
        self.attempts = attempts or Attempts()

    def check(self, user: str, password: str) -> bool:
        """True where the password is the user's. Takes the same time whoever is asked for."""
        expected = self.passwords.get(user, "")
        same = hmac.compare_digest(_digest(password), _digest(expected))
        return same and user in self.passwords

    def issue(self, user: str) -> str:
        """The value of a session cookie."""
        stated = f"{base64.urlsafe_b64encode(user.encode()).decode()}.{int(time.time()) + _LASTS}"
        return f"{stated}.{self._sign(stated, user)}"

    def user_of(self, cookie: str) -> str | None:
        """Whose session the cookie is, if it is genuine and not too old."""
        stated, _, signature = cookie.rpartition(".")
        name, _, until = stated.partition(".")
        try:
            user = base64.urlsafe_b64decode(name.encode()).decode()
        except (binascii.Error, ValueError):
            return None
        if user not in self.passwords or not until.isdigit() or int(until) < time.time():
            return None
        return user if hmac.compare_digest(signature.encode(), self._sign(stated, user).encode()) else None

    def _sign(self, stated: str, user: str) -> str:
        return hmac.new(self._key, f"{stated}.{self.passwords[user]}".encode(), hashlib.sha256).hexdigest()


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _key(path: Path) -> bytes:
    """The key that cookies are signed with, made once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(descriptor, "wb") as file:
        key = secrets.token_bytes(32)
        file.write(key)
    return key


class SignIn:
    """ASGI middleware: says in `scope["state"]["owner"]` whose conversations a request may see; asks for a password
    where there are accounts."""

    def __init__(self, app: ASGIApp, *, accounts: Accounts) -> None:
        self._app = app
        self._accounts = accounts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        state = scope.setdefault("state", {})
        if not self._accounts.passwords:
            await self._as_visitor(headers, scope, receive, send)
            return
        address = (scope.get("client") or ("", 0))[0]
        user, wait = self._signed_in(headers, address)
        if user is not None:
            state["owner"], state["user"] = owner(f"user {user}"), user
            await self._app(scope, receive, send)
        elif wait:
            await _too_many(wait, scope)(scope, receive, send)
        elif scope["path"].rstrip("/") in _OPEN:
            state["owner"] = ""
            await self._app(scope, receive, send)
        elif scope["method"] == "GET" and "text/html" in headers.get("accept", ""):
            await RedirectResponse("/login", 303)(scope, receive, send)
        else:
            refused = JSONResponse(
                {
                    "error": {
                        "message": "Sign in first: user:password as Basic or as API key.",
                        "type": "invalid_request_error",
                        "code": "unauthorized",
                    }
                },
                401,
                {"WWW-Authenticate": 'Basic realm="Footnote"'} if not headers.get("sec-fetch-mode") else None,
            )
            await refused(scope, receive, send)

    def _signed_in(self, headers: Headers, address: str) -> tuple[str | None, int]:
        """The user, or None and the seconds that this address has to wait."""
        cookie = cookies(headers).get(SESSION, "")
        if cookie and (user := self._accounts.user_of(cookie)):
            return user, 0
        pair = _pair(headers.get("authorization", ""))
        if pair is None:
            return None, 0
        attempts = self._accounts.attempts
        keys = (f"address {address}", f"user {pair[0]}")
        if wait := attempts.wait(*keys):
            return None, wait
        if self._accounts.check(*pair):
            attempts.succeeded(*keys)
            return pair[0], 0
        attempts.failed(*keys)
        return None, 0

    async def _as_visitor(self, headers: Headers, scope: Scope, receive: Receive, send: Send) -> None:
        token = cookies(headers).get(VISITOR, "")
        known = bool(re.fullmatch(r"[\w-]{40,64}", token))
        if not known:
            token = secrets.token_urlsafe(32)
        scope["state"]["owner"] = owner(f"visitor {token}")

        async def with_cookie(message: Message) -> None:
            # Only a page brings the cookie, so that what it loads side by side cannot replace one with another.
            if message["type"] == "http.response.start" and not known and scope["path"] == "/":
                value = f"{VISITOR}={token}; Path=/; Max-Age={365 * _DAYS}; HttpOnly; SameSite=Lax"
                MutableHeaders(scope=message).append("Set-Cookie", value)
            await send(message)

        await self._app(scope, receive, with_cookie)


def owner(who: str) -> str:
    """The name of the folder that holds somebody's conversations."""
    return hashlib.sha256(who.encode()).hexdigest()[:32]


def cookies(headers: Headers) -> dict[str, str]:
    """The request's cookies by name."""
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(headers.get("cookie", "")).items()}
    except CookieError:
        return {}


def _pair(authorization: str) -> tuple[str, str] | None:
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "basic":
        try:
            value = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, ValueError):
            return None
    elif scheme.lower() != "bearer":
        return None
    user, colon, password = value.strip().partition(":")
    return (user, password) if colon else None


def _too_many(wait: int, scope: Scope) -> Response:
    text = f"Too many failed attempts to sign in: try again in {wait} seconds."
    headers = {"Retry-After": str(wait)}
    if scope["path"].rstrip("/") == "/login":
        return HTMLResponse(render("login.html", error=text), 429, headers)
    return JSONResponse(
        {"error": {"message": text, "type": "rate_limit_error", "code": "too_many_attempts"}}, 429, headers
    )


async def login(request: Request, accounts: Accounts) -> Response:
    """The form, and what is sent with it."""
    if not accounts.passwords or (request.method == "GET" and getattr(request.state, "user", None)):
        return RedirectResponse("/", 303)
    if request.method == "GET":
        return HTMLResponse(render("login.html", error=""))
    try:
        fields = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=8)
    except (ValueError, ClientDisconnect):
        fields = {}
    user, password = (fields.get(name, [""])[0] for name in ("username", "password"))
    keys = (f"address {request.client.host if request.client else ''}", f"user {user}")
    if wait := accounts.attempts.wait(*keys):
        return _too_many(wait, request.scope)
    if not accounts.check(user, password):
        accounts.attempts.failed(*keys)
        return HTMLResponse(render("login.html", error="That is not a user and their password."), 401)
    accounts.attempts.succeeded(*keys)
    wants_page = "text/html" in request.headers.get("accept", "")
    response: Response = RedirectResponse("/", 303) if wants_page else JSONResponse({"success": True})
    response.set_cookie(
        SESSION,
        accounts.issue(user),
        max_age=_LASTS,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


def logout() -> Response:
    """Ends the session of this browser."""
    response = RedirectResponse("/login", 303)
    response.delete_cookie(SESSION)
    return response
