"""Makes the pictures in `docs/images`: `python docs/screenshots.py`, with Chromium and the development packages."""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import sync_playwright  # noqa: E402

from qa.assistant import Assistant  # noqa: E402
from qa.settings import Settings  # noqa: E402
from web.server import Server, application  # noqa: E402

IMAGES = ROOT / "docs" / "images"
QUESTIONS = ("Who co-chaired the 6th dialogue?", "What are the recommendations of the 7th dialogue?")
UNANSWERABLE = "What did the delegation eat for dinner?"
WIDE = {"width": 1320, "height": 820}


def main() -> int:
    """Starts the page over a copy of the documents, visits it, and takes the pictures."""
    browser_path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser_path is None:
        print("No Chromium is installed: apt-get install chromium", file=sys.stderr)
        return 1
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "documents")
        shutil.copytree(ROOT / "documents", folder)
        with Assistant.open(Settings(documents=folder, store=Path(scratch, "store"))) as assistant:
            server = Server(application(assistant), "127.0.0.1", 0)
            ready = threading.Event()
            thread = threading.Thread(target=server.run, args=(ready.set,), daemon=True)
            thread.start()
            ready.wait(300)
            with sync_playwright() as driver:
                browser = driver.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
                _take(browser, server.address)
                browser.close()
            server.stop()
            thread.join(10)
    return 0


def _take(browser: Any, address: str) -> None:
    page = _visit(browser, address)
    page.wait_for_function("document.querySelectorAll('.example').length >= 4")
    _picture(page, "start")
    _ask(page, QUESTIONS[0])
    page.locator(".cite").first.click()
    page.wait_for_selector("mark.current")
    _picture(page, "source")
    page.keyboard.press("Escape")
    _ask(page, UNANSWERABLE)
    _picture(page, "not-found")
    page.context.close()
    page = _visit(browser, address, color_scheme="dark")
    _ask(page, QUESTIONS[1])
    page.locator(".cite").first.click()
    page.wait_for_selector("mark.current")
    _picture(page, "dark")
    page.context.close()
    page = _visit(
        browser, address, viewport={"width": 390, "height": 800}, device_scale_factor=2, is_mobile=True, has_touch=True
    )
    _ask(page, QUESTIONS[0])
    _picture(page, "phone")
    page.locator(".cite").first.click()
    page.wait_for_selector("mark.current")
    _picture(page, "phone-source")
    page.context.close()


def _visit(browser: Any, address: str, **options: Any) -> Any:
    page = browser.new_context(**({"viewport": WIDE} | options)).new_page()
    page.set_default_timeout(180_000)
    page.goto(address)
    page.wait_for_selector("body.ready")
    return page


def _ask(page: Any, question: str) -> None:
    count = page.locator(".exchange").count()
    page.fill("#question", question)
    page.keyboard.press("Enter")
    page.locator(".exchange:not([data-state=streaming])").nth(count).wait_for()


def _picture(page: Any, name: str) -> None:
    page.mouse.move(1, 1)
    page.wait_for_timeout(400)
    page.screenshot(path=IMAGES / f"{name}.png", animations="disabled", caret="hide")


if __name__ == "__main__":
    sys.exit(main())
