"""What is let in, what is not, and the headers of what goes out."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from fakes import run
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from web_support import PATIENCE, Site, connect, copy_documents, serving

from index.errors import SettingsError
from qa.settings import Settings
from web.accounts import Accounts, Attempts, SignIn, parse_accounts
from web.security import LARGEST_BODY, Guard
from web.server import Server, check

pytest_plugins = ["web_support"]


@pytest.fixture
def client(site: Site) -> Iterator[httpx.Client]:
    with connect(site) as client:
        yield client


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, store: Path) -> Iterator[Site]:
    """A page that asks for a password."""
    folder = copy_documents(tmp_path_factory.mktemp("guarded") / "documents")
    with serving(folder, store, auth="ada:correct horse,bob:battery:staple") as found:
        yield found


def _announce(site: Site, size: int) -> int:
    """The answer to an upload that says how long it is and sends nothing."""
    connection = http.client.HTTPConnection(site.address.removeprefix("http://"), timeout=PATIENCE)
    connection.putrequest("PUT", "/chat/documents/huge.txt")
    connection.putheader("Content-Length", str(size))
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize(
    ("host", "accepted"),
    [
        ("127.0.0.1:1", True),
        ("localhost", True),
        ("[::1]:80", True),
        ("evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example", False),
        ("192.168.0.7", False),
        ("", False),
        ("[", False),
    ],
)
def test_only_this_machines_names_are_answered(client: httpx.Client, host: str, accepted: bool) -> None:
    assert client.get("/config", headers={"Host": host}).status_code == (200 if accepted else 421)


def test_a_proxys_name_is_answered_where_it_is_set() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("here")(scope, receive, send)

    async def asked(names: str | None) -> list[int]:
        transport = httpx.ASGITransport(Guard(app, host="0.0.0.0", names=names))
        async with httpx.AsyncClient(transport=transport, base_url="http://one") as client:
            hosts = ("notes.example.org", "Two.Example.org:443", "evil.example")
            return [(await client.get("/login", headers={"Host": host})).status_code for host in hosts]

    assert run(asked("notes.example.org, two.example.org")) == [200, 200, 421]
    assert run(asked(None)) == [421, 421, 421]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": "http://localhost:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_other_sites_cannot_ask(client: httpx.Client, headers: dict[str, str]) -> None:
    for path in ("/gradio_api/call/ask", "/v1/chat/completions", "/chat/stop/x", "/login"):
        assert client.post(path, json={}, headers=headers).status_code == 403
    refused = client.options("/v1/models", headers={**headers, "Access-Control-Request-Method": "POST"})
    assert refused.status_code == 403
    assert not any(name.startswith("access-control") for name in refused.headers)


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=http://127.0.0.1:9/x",
        "/gradio_api/file=https://evil.example/",
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file/etc/passwd",
        "/gradio_api/proxy=https://evil.example/",
        "/gradio_api/upload_progress?upload_id=x",
        "/gradio_api/runs",
        "/gradio_api/deep_link?session_hash=x",
        "/gradio_api/stream/a/b/c/playlist.m3u8",
        "/gradio_api/vibe-code",
        "/monitoring",
        "/monitoring/summary",
        "/gradio_api/dev/reload",
        "/pwa_icon",
        "/docs",
        "/openapi.json",
        "/page/../templates/login.html",
        "/page/..%2ftemplates/login.html",
        "/static/..%2f..%2f..%2fetc/passwd",
        "/proxy=https://evil.example",
        "/file=/etc/passwd",
    ],
)
def test_what_the_page_does_not_need_is_not_there(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code in (403, 404)


def test_gradios_own_upload_is_closed(client: httpx.Client) -> None:
    assert client.post("/gradio_api/upload", files={"files": ("x.txt", b"x")}).status_code == 404
    assert client.post("/gradio_api/component_server", json={}).status_code == 404
    assert client.post("/gradio_api/process_recording", json={}).status_code == 404


def test_large_bodies_are_refused_however_they_are_sent(client: httpx.Client) -> None:
    body = b" " * (LARGEST_BODY + 1)
    assert client.post("/v1/chat/completions", content=body).status_code == 413
    asked = b'{"messages": [{"role": "user", "content": "who co-chaired the 6th dialogue?"}]}'
    short, long = ([asked, *[body[: 2**16]] * count] for count in (2, LARGEST_BODY // 2**16 + 2))
    assert client.post("/v1/chat/completions", content=iter(short)).status_code == 200
    # The connection is cut, or the question is answered with an error, as far as it came.
    with suppress(httpx.HTTPError):
        assert client.post("/v1/chat/completions", content=iter(long)).status_code >= 400


def test_the_policy_allows_only_the_pages_own_scripts(client: httpx.Client) -> None:
    answered = client.get("/", headers={"Accept": "text/html"})
    policy = answered.headers["content-security-policy"]
    nonce = re.search(r"'nonce-([\w-]+)'", policy)
    assert nonce is not None
    scripts = re.findall(r"<script\b[^>]*>", answered.text)
    assert scripts and all(f'nonce="{nonce[1]}"' in script for script in scripts)
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]
    assert "default-src 'self'" in policy and "object-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert not re.search(r"""(?:src|href|content)=["']https?:""", answered.text)
    again = client.get("/").headers["content-security-policy"]
    assert again != policy
    assert answered.headers["x-content-type-options"] == "nosniff"
    assert answered.headers["referrer-policy"] == "no-referrer"
    assert answered.headers["x-frame-options"] == "DENY"
    assert "server" not in answered.headers


def test_the_visitors_cookie_is_out_of_reach_of_scripts(site: Site) -> None:
    with connect(site) as client:
        cookie = client.get("/").headers["set-cookie"]
        assert "HttpOnly" in cookie and "SameSite=lax" in cookie.replace("Lax", "lax")
        assert "set-cookie" not in client.get("/").headers
        assert "set-cookie" not in client.get("/chat/conversations").headers


def test_conversations_of_others_are_not_there(site: Site) -> None:
    """Neither with no cookie, nor with a made-up one."""
    with connect(site) as client:
        for cookie in ("", "footnote_visitor=x", "footnote_visitor=" + "a" * 43, "footnote_visitor=../../../etc"):
            answered = client.get("/chat/conversations", headers={"Cookie": cookie})
            assert "None yet" in answered.json()["html"]
            assert client.get("/chat/conversations/aaaaaaaaaaaa", headers={"Cookie": cookie}).status_code == 404


def test_another_host_needs_a_password(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "192.168.1.5", "::", "example.com"):
        with pytest.raises(SettingsError, match="QA_AUTH"):
            check(Settings(host=host))
        assert check(Settings(host=host, auth="a:b")) == {"a": "b"}
    for host in ("127.0.0.1", "localhost", "::1", "127.0.0.53"):
        assert check(Settings(host=host)) == {}


@pytest.mark.parametrize("stated", ["ada", "ada:", ":secret", "ada:secret,bob"])
def test_a_pair_that_is_none_is_refused_and_not_repeated(stated: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_accounts(stated)
    assert "secret" not in str(caught.value)


def test_a_port_that_is_taken_is_told_at_once(site: Site) -> None:
    with pytest.raises(SettingsError, match="QA_PORT"):
        Server(lambda *_: None, "127.0.0.1", int(site.address.rsplit(":", 1)[1]))  # type: ignore[arg-type, return-value]


def test_without_a_password_there_is_only_the_form(guarded: Site) -> None:
    with connect(guarded) as client:
        assert client.get("/", headers={"Accept": "text/html"}).headers["location"] == "/login"
        for path in (
            "/config",
            "/chat/documents",
            "/v1/models",
            "/gradio_api/info",
            "/chat/conversations",
            "/page/footnote.js",
            "/mcp",
        ):
            assert client.get(path).status_code == 401
        assert client.post("/gradio_api/call/ask", json={"data": ["x"]}).status_code == 401
        form = client.get("/login")
        assert form.status_code == 200 and "<form" in form.text
        wrong = client.post("/login", data={"username": "ada", "password": "no"})
        assert wrong.status_code == 401 and "set-cookie" not in wrong.headers


def test_a_session_is_signed_and_ends(guarded: Site) -> None:
    with connect(guarded) as client:
        entered = client.post("/login", data={"username": "ada", "password": "correct horse"})
        cookie = entered.headers["set-cookie"]
        assert entered.status_code == 200 and "HttpOnly" in cookie and "samesite=lax" in cookie.lower()
        assert client.get("/chat/documents").status_code == 200
        assert client.get("/", headers={"Accept": "text/html"}).status_code == 200
        value = client.cookies["footnote_session"]
        for forged in (value[:-1] + ("0" if value[-1] != "0" else "1"), value.replace(".", ".9", 1), "x.y.z", ""):
            with connect(guarded, cookies={"footnote_session": forged}) as other:
                assert other.get("/chat/documents").status_code == 401
        client.get("/logout")
        assert client.get("/chat/documents").status_code == 401


def test_programs_sign_in_with_the_same_pair(guarded: Site) -> None:
    with connect(guarded) as client:
        assert client.get("/v1/models", auth=("bob", "battery:staple")).status_code == 200
        assert client.get("/v1/models", headers={"Authorization": "Bearer ada:correct horse"}).status_code == 200
        assert client.get("/v1/models", headers={"Authorization": "Bearer ada:wrong"}).status_code == 401
        assert client.get("/v1/models", headers={"Authorization": "Basic !!!"}).status_code == 401


def test_a_changed_password_ends_old_sessions(tmp_path: Path) -> None:
    old = Accounts({"ada": "one"}, tmp_path)
    cookie = old.issue("ada")
    assert Accounts({"ada": "one"}, tmp_path).user_of(cookie) == "ada"
    assert Accounts({"ada": "two"}, tmp_path).user_of(cookie) is None
    assert Accounts({"bob": "one"}, tmp_path).user_of(cookie) is None
    assert (tmp_path / "session.key").stat().st_mode & 0o077 == 0


def test_guessing_is_slowed_down() -> None:
    now = [1000.0]
    attempts = Attempts(allowed=3, pause=300.0, kept=4, clock=lambda: now[0])
    for _ in range(3):
        assert attempts.wait("address 1", "user ada") == 0
        attempts.failed("address 1", "user ada")
    assert attempts.wait("address 1", "user bob") > 0
    assert attempts.wait("address 2", "user ada") > 0
    assert attempts.wait("address 2", "user bob") == 0
    now[0] += 299.0
    assert attempts.wait("address 1", "user bob") > 0
    now[0] += 2.0
    assert attempts.wait("address 1", "user ada") == 0
    for number in range(20):
        attempts.failed(f"address {number}")
    assert len(attempts._failures) == 4


def test_after_too_many_failures_the_right_password_waits_too(tmp_path: Path, store: Path) -> None:
    with (
        serving(copy_documents(tmp_path / "documents"), store, auth="eve:secret") as site,
        connect(site) as client,
    ):
        for _ in range(5):
            assert client.post("/login", data={"username": "eve", "password": "guess"}).status_code == 401
        limited = client.post("/login", data={"username": "eve", "password": "secret"})
        assert limited.status_code == 429 and int(limited.headers["retry-after"]) > 0
        assert client.get("/v1/models", auth=("eve", "secret")).status_code == 429


def test_programs_that_guess_wait_too(tmp_path: Path) -> None:
    accounts = Accounts({"ada": "secret"}, tmp_path)

    async def statuses() -> list[int]:
        door = httpx.ASGITransport(SignIn(PlainTextResponse("in"), accounts=accounts))
        async with httpx.AsyncClient(transport=door, base_url="http://localhost") as client:
            guesses = ["secret", *["guess"] * 5, "secret"]
            return [(await client.get("/v1/models", auth=("ada", guess))).status_code for guess in guesses]

    assert run(statuses()) == [200, *[401] * 5, 429]


def test_a_session_lasts_a_month(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    accounts = Accounts({"ada": "secret"}, tmp_path)
    cookie = accounts.issue("ada")
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 29 * 24 * 3600)
    assert accounts.user_of(cookie) == "ada"
    monkeypatch.setattr(time, "time", lambda: now + 31 * 24 * 3600)
    assert accounts.user_of(cookie) is None


def test_uploads_go_through_the_folder_checks(site: Site) -> None:
    with connect(site) as client:
        before = sorted(path.name for path in site.folder.rglob("*"))
        for path in ("..%2Fescaped.txt", "%2Fetc%2Fx.txt", "a%2Fb.txt", "x.exe", "con.txt", "a%00b.txt", "%2e%2e"):
            assert client.put(f"/chat/documents/{path}", content=b"x").status_code in (400, 404, 405)
        assert _announce(site, 2**40) == 400
        assert sorted(path.name for path in site.folder.rglob("*")) == before
        assert client.delete("/chat/documents/..%2F..%2Fstore%2FCURRENT").status_code in (400, 404)
