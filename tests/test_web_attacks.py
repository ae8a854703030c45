"""Documents, titles, file names, model output and questions that attack the page: nothing runs, nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from test_web_panel import EVIL
from web_support import Site, Visit, serving, until

from qa.types import Answer, AnswerSentence, Turn

pytest_plugins = ["web_support"]

_TRAP = "window.owned = true"
PAYLOADS = (
    f"<script>{_TRAP}</script><img src=x onerror='{_TRAP}'><svg onload='{_TRAP}'>",
    f"<img src='https://evil.example/leak.png'><a href='javascript:{_TRAP}'>click</a>",
    "<form action='https://evil.example'><input name=q><button>Sign in</button></form>",
    "<div style='position:fixed;inset:0;z-index:9999;background:red'>overlay</div><iframe src='https://evil.example'></iframe>",
    f"${{{_TRAP}}}`${{{_TRAP}}}`" + "{{#with this}}{{lookup this 'constructor'}}{{/with}}",
    "[1]: https://evil.example/reference\n![leak](https://evil.example/markdown.png) [click](https://evil.example)",
    "@import 'https://evil.example/x.css'; url(https://evil.example/y)",
    "\u202eexe.txt\u2066hidden\u2069 zero\u200bwidth\ufeff",
)


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A page over documents that attack it, in text, title, date and file name."""
    base = tmp_path_factory.mktemp("attacked")
    folder = base / "documents"
    folder.mkdir()
    for number, payload in enumerate(PAYLOADS):
        text = f"{payload}\n\nThe harbour master number {number} was Greta Lindqvist{number}. {payload}\n\n[1]: https://evil.example\n"
        (folder / f"attack{number}.txt").write_text(text, "utf-8")
    for name in (
        "<img src=x onerror=alert(1)>.txt",
        "a\"'onmouseover='alert(1)'.txt",
        "\u202etxt.exe.txt",
        "${window.owned=1}`.txt",
    ):
        (folder / name).write_text("The lighthouse of Oldmoor was built in 1871 by Anselm Tarn.\n", "utf-8")
    (folder / "<svg onload=alert(1)>.bin").write_bytes(b"\0")
    with serving(folder, base / "store") as site:
        yield site


def _nothing_happened(page: Any, visit: Visit) -> None:
    page.wait_for_timeout(150)
    assert page.evaluate("window.owned") is None
    found = page.evaluate(
        """() => {
          const inside = [...document.querySelectorAll('#workspace *')];
          const banned = ['SCRIPT', 'IMG', 'IFRAME', 'OBJECT', 'EMBED', 'LINK', 'STYLE', 'BASE', 'META'];
          return inside.filter(e => banned.includes(e.tagName)
              || [...e.attributes].some(a => a.name.startsWith('on') || /^(javascript|https?):/i.test(a.value))
              || (e.tagName === 'FORM' && e.hasAttribute('action'))
              || (e.getAttribute('style') || '').includes('inset'))
            .map(e => e.outerHTML.slice(0, 120));
        }"""
    )
    assert found == []
    visit.check()


def test_documents_that_attack_are_shown_as_text(browser: Any, attacked: Site) -> None:
    visit = Visit(browser, attacked)
    page = visit.open()
    page.locator(".document-list").first.wait_for()
    for number in range(len(PAYLOADS)):
        exchange = visit.ask(f"who was the harbour master number {number}?")
        cite = exchange.locator(".cite").first
        if cite.count():
            cite.hover()
            cite.click()
            page.wait_for_selector("mark.current")
        _nothing_happened(page, visit)
    for button in page.locator("button.document").all():
        button.click()
        page.wait_for_selector(".document-text")
    page.reload()
    page.wait_for_selector(".exchange")
    _nothing_happened(page, visit)
    assert not page.locator("a[href*='evil']").count()
    visit.context.close()


def test_a_models_text_that_attacks_is_shown_as_text(browser: Any, attacked: Site) -> None:
    def written(payload: str) -> Any:
        def script(question: str, history: Sequence[Turn]) -> Iterator[str | Answer]:
            yield payload
            answer = attacked.assistant.ask("who built the lighthouse of Oldmoor?")
            yield replace(
                answer, question=question, standalone_question=f"{payload}?", mode="generative", model=payload,
                notice=payload,
                text=f"{payload} [1]", sentences=(AnswerSentence(payload, (1,), False, ((0, 4),)),),
            )  # fmt: skip

        return script

    visit = Visit(browser, attacked)
    page = visit.open()
    for payload in (*PAYLOADS, *EVIL):
        question = f"say {payload}"
        attacked.assistant.scripts[question] = written(payload)
        visit.ask(question)
        _nothing_happened(page, visit)
    page.reload()
    page.wait_for_selector(".exchange")
    page.locator(".figures summary").last.click()
    _nothing_happened(page, visit)
    visit.context.close()


def test_a_title_that_attacks_is_shown_as_text(browser: Any, attacked: Site) -> None:
    visit = Visit(browser, attacked)
    page = visit.open()
    visit.ask(PAYLOADS[0])
    item = page.locator(".conversation-list li").first
    item.hover()
    item.locator('[data-do="rename"]').click()
    page.fill('[data-part="ask-dialog-input"]', PAYLOADS[4])
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    _nothing_happened(page, visit)
    visit.context.close()


def test_even_markup_that_got_in_could_not_run(browser: Any, site: Site) -> None:
    """The policy holds where escaping would not."""
    visit = Visit(browser, site)
    page = visit.open()
    fetched: list[str] = []
    page.on("response", lambda response: fetched.append(response.url))
    page.evaluate(
        """() => { const box = document.createElement('div');
          box.innerHTML = "<img src='x:' onerror='window.owned = true'>"
            + "<a id=trap href='javascript:window.owned = true'>x</a>";
          document.body.append(box); document.getElementById('trap').click();
          const script = document.createElement('script');
          script.textContent = 'window.owned = true'; document.body.append(script);
          const image = new Image(); image.src = 'https://evil.example/x.png'; }"""
    )
    until(lambda: page.wait_for_timeout(50) or _refused(visit))
    page.wait_for_timeout(300)
    assert page.evaluate("window.owned") is None
    # The browser names the request it was asked for, and then does not make it.
    assert not any("evil" in url for url in fetched)
    told = _refused(visit)
    assert told and all("Content Security Policy" in problem for problem in told), told
    visit.context.close()


def _refused(visit: Visit) -> list[str]:
    """What the browser said besides the requests that were begun."""
    return [problem for problem in visit.problems if not problem.startswith("request to the outside")]


def test_the_files_of_the_attack_stay_where_they_are(attacked: Site) -> None:
    assert Path(attacked.folder / "${window.owned=1}`.txt").exists()
