"""The page, its routes and the doors for programs as one ASGI application, and the server that runs it."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from index.errors import SettingsError
from qa.settings import Settings
from web.accounts import Accounts, SignIn, login, logout, parse_accounts
from web.answering import Assistant, Gate
from web.conversations import Conversations
from web.security import Guard, is_loopback
from web.templating import FOLDER

if TYPE_CHECKING:
    import uvicorn


def check(settings: Settings) -> dict[str, str]:
    """The accounts, where the address to serve on may be used with them.

    Raises:
        SettingsError: others could reach the page without a password.
    """
    accounts = parse_accounts(settings.auth)
    if not accounts and not is_loopback(settings.host):
        raise SettingsError(
            f"QA_HOST={settings.host} is open to other machines: set QA_AUTH=user:password too, or leave QA_HOST out."
        )
    return accounts


def application(
    assistant: Assistant, *, mcp: bool = False, gate: Gate | None = None, accounts: Accounts | None = None
) -> ASGIApp:
    """Everything that is served, behind the guard and the sign-in."""
    from web.gradio_import import import_gradio, without_applications

    import_gradio()
    import gradio as gr
    from gradio.routes import App

    from web import api
    from web.examples import Examples
    from web.indexing import Indexer
    from web.page import Chat, Running, head, page, theme
    from web.routes import Routes

    settings = assistant.settings
    accounts = accounts or Accounts(check(settings), settings.store)
    gate = gate or Gate()
    conversations = Conversations(settings.store)
    running = Running()
    examples = Examples(assistant)
    indexer = Indexer(assistant)
    tools = _mcp(assistant, gate) if mcp else None

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            if tools is not None:
                await stack.enter_async_context(tools.router.lifespan_context(tools))
            yield

    app = FastAPI(lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None)

    async def sign_in(request: Request) -> Response:
        return await login(request, accounts)

    app.add_route("/login", sign_in, methods=["GET", "POST"])
    app.add_route("/logout", lambda request: logout(), methods=["GET"])
    app.mount("/page", StaticFiles(directory=FOLDER / "static"))
    app.router.routes.extend(Routes(assistant, conversations, running, indexer, examples).routes())
    app.router.routes.extend(api.Api(assistant, gate).routes())
    if tools is not None:
        app.router.routes.extend(tools.routes)

    def mount() -> None:
        with without_applications():
            blocks = page(assistant, Chat(assistant, conversations, gate, running), gate)
        gr.mount_gradio_app(
            app,
            blocks,
            path="/",
            server_name=settings.host,
            server_port=settings.port,
            theme=theme(),
            head=head(),
            footer_links=[],
            run_history=False,
            ssr_mode=False,
            show_error=True,
            max_file_size=1,
            enable_monitoring=False,
            app_kwargs={"openapi_url": None},
        )
        blocks.app = next(route.app for route in app.routes if isinstance(route, Mount) and isinstance(route.app, App))

    _in_a_loop(mount)
    return Guard(SignIn(app, accounts=accounts), host=settings.host, names=settings.hostname)


def _in_a_loop(build: Callable[[], object]) -> None:
    """Gradio makes itself an event loop for every lock where none runs, and leaves them open."""

    async def built() -> None:
        build()

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(built())
    else:
        build()


def _mcp(assistant: Assistant, gate: Gate) -> Any:
    from web.mcp import tools

    return tools(assistant, gate)


class Server:
    """A running server; `address` is where it answers."""

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        import uvicorn

        self._socket = _bind(host, port)
        number = self._socket.getsockname()[1]
        self.address = f"http://{f'[{host}]' if ':' in host else host}:{number}"
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            lifespan="on",
            timeout_graceful_shutdown=2,
            limit_concurrency=1024,
            ws="none",
        )
        self._server: uvicorn.Server = uvicorn.Server(config)

    def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Serves until interrupted (Ctrl-C) or stopped; `ready` is called once it answers."""
        watcher = threading.Thread(target=self._wait, args=(ready,), daemon=True)
        watcher.start()
        try:
            self._server.run(sockets=[self._socket])
        except KeyboardInterrupt:
            pass
        finally:
            self._socket.close()

    def stop(self) -> None:
        """Ends `run`."""
        self._server.should_exit = True

    def _wait(self, ready: Callable[[], None]) -> None:
        while not self._server.started:
            if self._server.should_exit:
                return
            threading.Event().wait(0.01)
        ready()


def _bind(host: str, port: int) -> socket.socket:
    """Takes the port before anything else is done, so that one that is taken is told at once.

    Raises:
        SettingsError: it cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except (OSError, UnicodeError) as error:
        bound.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise SettingsError(f"{host}:{port} cannot be served on ({reason}): set QA_PORT to another port.") from None
    return bound


def quiet() -> None:
    """Nothing on standard error but what people should read."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
