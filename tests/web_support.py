"""A running page and a browser for tests, each started once: `site`, `browser`, `visit`. (PYTEST_DONT_REWRITE)

Nothing is rewritten here, so whatever is asserted says what it found itself.
"""

from __future__ import annotations

import asyncio
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from index.embed import LocalEmbedder
from qa.assistant import Assistant
from qa.settings import Settings
from qa.types import Answer, AnswerSentence, Turn
from web.server import Server, application

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
FLAGS = (
    "--no-sandbox",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--disable-dev-shm-usage",
)

PATIENCE = 150.0
"""Seconds until something that takes one or two on an idle machine counts as never happening."""
# A page that is being left ends its own streams, and Gradio's client logs each of them as an error; whether that still
# reaches anybody is a race that the page cannot decide. What a page says after it was told to leave is marked as such.
_LEFT = "[the page was being left]"
_MARK_WHAT_IS_LEFT = f"""(() => {{
  let leaving = false;
  for (const name of ["beforeunload", "pagehide"]) addEventListener(name, () => (leaving = true), true);
  addEventListener("pageshow", () => (leaving = false), true);
  addEventListener("unhandledrejection", (event) => leaving && event.preventDefault(), true);
  for (const name of ["error", "warn"]) {{
    const own = console[name].bind(console);
    console[name] = (...said) => (leaving ? own("{_LEFT}", ...said) : own(...said));
  }}
}})();"""

Script = Callable[[str, Sequence[Turn]], Iterator[str | Answer]]


class ScriptedAssistant(Assistant):
    """The real one, but for questions that a script is given for: what a model would write, and when."""

    scripts: dict[str, Script]

    def stream(self, question: str, *, history: Sequence[Turn] = (), k: int | None = None) -> Iterator[str | Answer]:
        script = getattr(self, "scripts", {}).get(question)
        if script is None:
            yield from super().stream(question, history=history, k=k)
        else:
            yield from script(question, history)

    def as_written(self, question: str, text: str, *, supported: bool = True, **changes: Any) -> Answer:
        """An answer of a model's that cites the first place which the extractive one does."""
        answer = self.ask("who co-chaired the 6th dialogue?")
        sentences = (AnswerSentence(text, (1,), supported=supported),)
        return replace(
            answer, question=question, standalone_question=question, mode="generative", model="scripted",
            text=f"{text} [1]", sentences=sentences, citations=answer.citations[:1], **changes,
        )  # fmt: skip


@dataclass
class Site:
    """A page that is being served."""

    address: str
    assistant: ScriptedAssistant
    folder: Path
    store: Path
    outside: list[str] = field(default_factory=list)


@contextmanager
def serving(folder: Path, store: Path, *, mcp: bool = False, gate: Any = None, **changes: Any) -> Iterator[Site]:
    """Serves a folder at a free port until left."""
    settings = replace(Settings(documents=folder, store=store), **changes)
    assistant = ScriptedAssistant.open(settings, embedder=LocalEmbedder())
    assistant.scripts = {}
    server = Server(application(assistant, mcp=mcp, gate=gate), "127.0.0.1", 0)
    ready = threading.Event()
    thread = threading.Thread(target=_run, args=(server, ready), daemon=True)
    thread.start()
    assert ready.wait(PATIENCE), "the server did not start"
    try:
        yield Site(server.address, assistant, folder, store)
    finally:
        server.stop()
        thread.join(PATIENCE)
        assistant.close()


def _run(server: Server, ready: threading.Event) -> None:
    server.run(ready.set)


def copy_documents(target: Path) -> Path:
    """The project's own documents in a folder that may be changed."""
    target.mkdir()
    for file in sorted((ROOT / "documents").glob("*.txt")):
        shutil.copy(file, target)
    return target


def connect(site: Site, **options: Any) -> httpx.Client:
    """A client of the page's server that waits as long as a slow machine takes."""
    return httpx.Client(base_url=site.address, timeout=PATIENCE, **options)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, store: Path) -> Iterator[Site]:
    """The page over a copy of the project's documents, with the finished index."""
    base = tmp_path_factory.mktemp("site")
    shutil.copytree(store, base / "store")
    with serving(copy_documents(base / "documents"), base / "store") as found:
        yield found


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's Chromium, without a network."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: pip install -e '.[dev]'"
    )
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed (apt-get install chromium): the page was not tested in a browser")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield started
        started.close()
    # The driver's loop must not be taken for one that others left running.
    asyncio.set_event_loop(None)


class Visit:
    """A browser of its own at the page; `problems` collects console errors, failed and foreign requests.

    Motion is reduced: what is measured or clicked must not be in the middle of a transition.
    """

    def __init__(self, browser: Any, site: Site, **options: Any) -> None:
        self.site = site
        self.problems: list[str] = []
        defaults = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"}
        self.context = browser.new_context(**(defaults | options))
        self.context.add_init_script(_MARK_WHAT_IS_LEFT)
        self.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.address)
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE * 1000)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.problems.append(f"error on the page: {error}"))
        self.context.on("request", self._request)
        self.context.on("response", self._response)

    def _console(self, message: Any) -> None:
        if message.type not in ("error", "warning") or message.text.startswith(_LEFT):
            return
        # Named with its address and status by `_response`; a request that the browser itself ended is none.
        if "Failed to load resource" not in message.text:
            self.problems.append(f"console {message.type}: {message.text}")

    def _response(self, response: Any) -> None:
        # What the page asks for itself may be gone, and then says so; what it is made of may not.
        if response.status >= 400 and "/chat/" not in response.url:
            self.problems.append(f"{response.status}: {response.url}")

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.site.address, "data:", "blob:")):
            self.problems.append(f"request to the outside: {request.url}")

    def check(self) -> None:
        """Fails with whatever was seen that should not be."""
        assert not self.problems, "the browser saw:\n" + "\n".join(self.problems)

    def close(self) -> None:
        """Ends the visit, and fails where something was seen that should not be."""
        self.context.close()
        self.check()

    def open(self, fragment: str = "") -> Any:
        """Goes to the page and waits until it can be used."""
        self.page.goto(f"{self.site.address}/{fragment}")
        self.page.wait_for_selector("body.ready")
        return self.page

    def ask(self, question: str) -> Any:
        """Asks, and returns the exchange once it is answered."""
        before = self.page.locator(".exchange").count()
        self.page.fill("#question", question)
        self.page.keyboard.press("Enter")
        exchange = self.page.locator(".exchange").nth(before)
        self.page.wait_for_function(
            """n => { const all = document.querySelectorAll('.exchange');
            return all.length > n && all[n].dataset.state !== 'streaming'; }""",
            arg=before,
        )
        return exchange


@pytest.fixture
def visit(browser: Any, site: Site) -> Iterator[Visit]:
    """A visitor who has been here never before; fails where the console shows an error or something was fetched
    from outside."""
    made = Visit(browser, site)
    yield made
    made.close()


def until(condition: Callable[[], Any]) -> Any:
    """What the condition says once it is true."""
    ends = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < ends, f"it stayed {found!r}"
        time.sleep(0.05)
    return found
