"""The page in a real browser: what people do with it, and that no console error comes of it."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from web_support import PATIENCE, Site, Visit, connect, until

from index.build import Progress, Report
from index.errors import GenerationError
from qa.render import answer_json
from qa.types import Answer, AnswerSentence, Turn
from web.accounts import VISITOR, owner
from web.conversations import Conversations, Exchange, new_id

pytest_plugins = ["web_support"]

QUESTION = "who co-chaired the 6th dialogue?"


def test_a_number_leads_to_the_sentence_in_the_whole_document(visit: Visit) -> None:
    page = visit.open()
    exchange = visit.ask(QUESTION)
    assert "Saita" in exchange.inner_text()
    cite = exchange.locator(".cite").first
    until(lambda: _hovered(page, cite))
    assert "co-chaired" in page.locator("#quote-tip").inner_text()
    cite.click()
    mark = page.locator("mark.current")
    mark.first.wait_for()
    text = "".join(mark.all_inner_texts())
    assert text.startswith("The discussions were co-chaired")
    whole = page.locator(".document-text").inner_text()
    assert "Bronnen" in whole and "Tokyo, Wednesday" in whole
    assert mark.first.evaluate(
        """mark => { const box = mark.closest('.document-text').getBoundingClientRect();
           const own = mark.getBoundingClientRect();
           return own.top >= box.top && own.bottom <= box.bottom; }"""
    )
    meta = page.locator(".viewer-meta").inner_text()
    assert "13 November 2024" in meta and "eu-japan-6th-cyber-dialogue-2024.txt" in meta


def test_what_is_marked_is_the_quote_to_the_character(visit: Visit) -> None:
    page = visit.open()
    visit.ask(QUESTION)
    answer = visit.site.assistant.ask(QUESTION)
    page.locator(".cite").first.click()
    page.wait_for_selector("mark.current")
    marked = page.evaluate("[...document.querySelectorAll('mark.current')].map(mark => mark.textContent).join('')")
    assert marked == answer.citations[0].quote


def test_a_place_that_is_not_what_was_cited_any_more_is_not_shown(site: Site) -> None:
    answer = site.assistant.ask(QUESTION)
    cited, near = answer.citations[0], answer.passages[0]
    stale = replace(
        answer,
        citations=(replace(cited, quote=f"!{cited.quote[1:]}"),),
        passages=(replace(near, passage=replace(near.passage, text=f"!{near.passage.text[1:]}")),),
    )
    kept = Conversations(site.store)
    with connect(site) as client:
        client.get("/")
        who = owner(f"visitor {client.cookies[VISITOR]}")
        for said, status in ((answer, 200), (stale, 400)):
            exchange = Exchange(new_id(), QUESTION, "answered", answer_json(said))
            made = kept.ask(who, kept.new(QUESTION), exchange)
            for place in ("n=1", "p=1"):
                told = client.get(f"/chat/conversations/{made.id}/{exchange.id}/source?{place}")
                assert told.status_code == status
                assert status == 200 or "has changed since this was answered" in told.json()["error"]


def test_the_next_citation_is_one_key_away(visit: Visit) -> None:
    site = visit.site
    both = _two_citations(site)
    site.assistant.scripts["two places"] = lambda question, history: iter([both])
    page = visit.open()
    exchange = visit.ask("two places")
    exchange.locator(".cite").first.click()
    page.wait_for_selector("text=Citation 1 of 2")
    assert page.locator("mark.cited:not(.current)").count() == 1
    page.locator('[data-do="next"]').click()
    page.wait_for_selector("text=Citation 2 of 2")
    page.keyboard.press("[")
    page.wait_for_selector("text=Citation 1 of 2")
    page.keyboard.press("Escape")
    page.wait_for_selector("body:not(.source-open)")
    assert page.evaluate("document.activeElement.className").startswith("cite")


def test_text_streams_and_the_checked_answer_takes_its_place(visit: Visit) -> None:
    site = visit.site
    seen = threading.Event()

    def written(question: str, history: Sequence[Turn]) -> Iterator[str | Answer]:
        for word in "They were chaired by two people, said the model.".split(" "):
            time.sleep(0.02)
            yield f"{word} "
        seen.wait(PATIENCE)
        yield site.assistant.as_written(question, "The talks were co-chaired by Maciej Stadejek and Yukio Saita.")

    site.assistant.scripts["stream it"] = written
    page = visit.open()
    page.fill("#question", "stream it")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('.streamed')?.textContent.includes('They were')")
    assert page.locator(".exchange").get_attribute("data-state") == "streaming"
    seen.set()
    page.wait_for_selector(".exchange[data-state=answered]")
    text = page.locator(".exchange .answer-text").inner_text()
    assert text.startswith("The talks were co-chaired") and "said the model" not in text
    page.locator(".figures summary").click()
    assert "scripted" in page.locator(".figures dl").inner_text()


def test_an_answer_whose_line_was_cut_is_shown_once_it_stands(visit: Visit) -> None:
    """The stream is cut by taking the network away; the server goes on."""
    site = visit.site
    seen = threading.Event()

    def written(question: str, history: Sequence[Turn]) -> Iterator[str | Answer]:
        yield "They were "
        seen.wait(PATIENCE)
        yield site.assistant.as_written(question, "The talks were co-chaired by two people.")

    site.assistant.scripts["go on alone"] = written
    page = visit.open()
    page.fill("#question", "go on alone")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('.streamed')?.textContent.includes('They were')")
    visit.context.set_offline(True)
    page.wait_for_selector(".toast:has-text('does not answer')")
    seen.set()
    visit.context.set_offline(False)
    page.wait_for_selector(".exchange[data-state=answered] >> text=two people")
    assert page.locator(".exchange").count() == 1 and page.locator("#workspace .stop").is_hidden()
    # Gradio's client says on the console that its line was cut, which it was.
    visit.problems.clear()


def test_stop_ends_an_answer_and_keeps_what_there_is(visit: Visit) -> None:
    ended: list[float] = []

    def endless(question: str, history: Sequence[Turn]) -> Iterator[str | Answer]:
        try:
            while True:
                time.sleep(0.05)
                yield "more "
        finally:
            ended.append(time.monotonic())

    visit.site.assistant.scripts["go on for ever"] = endless
    page = visit.open()
    page.fill("#question", "go on for ever")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('.streamed')?.textContent.includes('more more')")
    page.keyboard.press("Escape")
    page.wait_for_selector(".exchange[data-state=stopped]")
    assert "more" in page.locator(".answer.stopped").inner_text()
    until(lambda: ended)
    page.reload()
    page.wait_for_selector(".exchange[data-state=stopped]")


def test_a_question_that_was_never_answered_is_there_to_be_asked_again(visit: Visit) -> None:
    page = visit.open()
    token = next(cookie["value"] for cookie in visit.context.cookies() if cookie["name"] == VISITOR)
    kept = Conversations(visit.site.store)
    made = kept.ask(owner(f"visitor {token}"), kept.new(QUESTION), Exchange(new_id(), QUESTION, "asked"))
    page.goto(f"{visit.site.address}/#c={made.id}")
    page.wait_for_selector(".answer.stopped >> text=Not answered")
    assert page.locator(".question-text").inner_text() == QUESTION
    page.locator('[data-do="retry"]').click()
    page.wait_for_selector(".exchange[data-state=answered] >> text=Saita")
    assert page.locator(".exchange").count() == 1


def test_a_question_that_another_window_asked_is_followed(visit: Visit) -> None:
    site = visit.site
    seen = threading.Event()

    def written(question: str, history: Sequence[Turn]) -> Iterator[str | Answer]:
        seen.wait(PATIENCE)
        yield site.assistant.as_written(question, "The talks were co-chaired by two people.")

    site.assistant.scripts["ask in one window"] = written
    page = visit.open()
    page.fill("#question", "ask in one window")
    page.keyboard.press("Enter")
    page.wait_for_selector(".exchange[data-state=streaming]")
    other = visit.context.new_page()
    other.set_default_timeout(PATIENCE * 1000)
    other.goto(page.url)
    other.wait_for_selector(".exchange[data-state=streaming]")
    seen.set()
    other.wait_for_selector(".exchange[data-state=answered] >> text=two people")


def test_a_model_that_fails_midway_leaves_a_message_or_the_extractive_answer(visit: Visit) -> None:
    site = visit.site

    def raises(question: str, history: Sequence[Turn]) -> Iterator[str | Answer]:
        yield "The talks were "
        raise GenerationError("The model at 127.0.0.1 did not answer: check that it is running.")

    def falls_back(question: str, history: Sequence[Turn]) -> Iterator[str | Answer]:
        yield "The talks were "
        answer = site.assistant.ask(QUESTION)
        yield site.assistant.as_written(question, answer.sentences[0].text, notice="The model did not answer in time.")

    site.assistant.scripts |= {"fail": raises, "fall back": falls_back}
    page = visit.open()
    assert "check that it is running" in visit.ask("fail").inner_text()
    assert page.locator(".exchange").last.get_attribute("data-state") == "failed"
    fallen = visit.ask("fall back")
    assert "The model did not answer in time." in fallen.locator(".notice").inner_text()
    assert "Saita" in fallen.inner_text()


def test_not_found_looks_different_and_offers_what_is_nearest(visit: Visit) -> None:
    page = visit.open()
    exchange = visit.ask("what is the boiling point of tungsten?")
    assert exchange.locator(".answer.not_found .state-title").inner_text().strip() == "Not in the documents"
    assert exchange.locator(".cite").count() == 0
    exchange.locator(".near").first.click()
    page.wait_for_selector("mark.current")
    refused = (visit.site.store / "refused.jsonl").read_text("utf-8").splitlines()
    assert json.loads(refused[-1])["question"] == "what is the boiling point of tungsten?"


def test_a_sentence_that_its_sources_do_not_bear_out_is_marked(visit: Visit) -> None:
    site = visit.site
    site.assistant.scripts["invent"] = lambda question, history: iter(
        [site.assistant.as_written(question, "The talks were chaired by Napoleon.", supported=False)]
    )
    visit.open()
    exchange = visit.ask("invent")
    assert exchange.locator(".sentence.unsupported").inner_text() == "The talks were chaired by Napoleon."
    assert "not borne out" in exchange.locator(".flag").inner_text()


def test_a_follow_up_shows_what_it_was_understood_as(visit: Visit) -> None:
    site = visit.site
    seen: list[list[str]] = []

    def follow(question: str, history: Sequence[Turn]) -> Iterator[str | Answer]:
        seen.append([turn.answer.text for turn in history])
        answer = site.assistant.as_written(question, "Brussels.")
        yield replace(answer, standalone_question="Where was the 7th dialogue held?")

    site.assistant.scripts["and the 7th?"] = follow
    visit.open()
    visit.ask(QUESTION)
    exchange = visit.ask("and the 7th?")
    assert "Where was the 7th dialogue held?" in exchange.locator(".understood").inner_text()
    assert "Saita" in seen[0][0]


_IN_A_ROW = """async ([question, times]) => {
  const shown = () => document.querySelectorAll('.exchange:not([data-state="streaming"])').length;
  for (let asked = 0; asked < times; asked++) {
    const answered = new Promise(done => {
      const watch = new MutationObserver(() => shown() > asked && (watch.disconnect(), done()));
      watch.observe(document.querySelector('[data-part="exchanges"]'), { childList: true, subtree: true });
    });
    document.getElementById("question").value = question;
    document.querySelector('[data-part="composer"]').requestSubmit();
    await Promise.race([answered, new Promise(done => setTimeout(done, 20000))]);
    if (shown() <= asked) break;
  }
  return shown();
}"""


def test_what_is_asked_the_moment_an_answer_is_there_is_answered(visit: Visit) -> None:
    visit.open()
    assert visit.page.evaluate(_IN_A_ROW, [QUESTION, 15]) == 15


def test_a_script_that_arrives_late_finds_the_page_that_is_there(visit: Visit) -> None:
    held: list[Any] = []
    visit.page.route("**/page/footnote.js*", lambda route: held.append(route))
    visit.page.goto(visit.site.address, wait_until="commit")
    visit.page.wait_for_function("(window.footnoteParts || []).length === 3")
    held[0].continue_()
    visit.page.wait_for_selector("body.ready")


def test_conversations_survive_a_reload_and_can_be_renamed_and_deleted(visit: Visit) -> None:
    page = visit.open()
    visit.ask(QUESTION)
    page.reload()
    page.wait_for_selector(".exchange[data-state=answered]")
    assert page.locator(".conversation-list li.current").count() == 1
    page.locator('[data-do="new"]').click()
    page.wait_for_selector(".welcome:visible")
    visit.ask("where was the 7th dialogue held?")
    until(lambda: page.locator(".conversation-list li").count() == 2)
    second = page.locator(".conversation-list li").first
    second.hover()
    second.locator('[data-do="rename"]').click()
    page.fill('[data-part="ask-dialog-input"]', "Brussels <b>")
    page.keyboard.press("Enter")
    page.wait_for_selector(".conversation-title:text-is('Brussels <b>')")
    second.hover()
    second.locator('[data-do="delete"]').click()
    page.locator('[data-part="ask-dialog-ok"]').click()
    until(lambda: page.locator(".conversation-list li").count() == 1)
    page.locator(".conversation-list a").click()
    page.wait_for_selector(".exchange >> text=Saita")


def test_a_link_to_a_citation_opens_it_and_only_for_its_owner(visit: Visit, browser: Any) -> None:
    page = visit.open()
    visit.ask(QUESTION)
    page.locator(".cite").first.click()
    page.wait_for_selector("mark.current")
    link = page.url
    assert re.search(r"#c=[\w-]+&t=[\w-]+&n=1$", link)
    page.goto("about:blank")
    page.goto(link)
    page.wait_for_selector("mark.current")
    stranger = Visit(browser, visit.site)
    stranger.open(link.rsplit("/", 1)[1])
    stranger.page.wait_for_selector(".toast:visible")
    assert stranger.page.locator(".exchange").count() == 0
    assert stranger.page.locator(".conversation-list").count() == 0
    stranger.close()


def test_the_last_question_can_be_edited_and_answered_again(visit: Visit) -> None:
    page = visit.open()
    visit.ask(QUESTION)
    exchange = page.locator(".exchange")
    exchange.hover()
    exchange.locator(".edit").click()
    page.fill(".edit-form textarea", "where was the 7th dialogue held?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".exchange[data-state=answered] >> text=Brussels")
    assert page.locator(".exchange").count() == 1
    page.locator('[data-do="retry"]').click()
    page.wait_for_selector(".exchange[data-state=answered]")
    assert page.locator(".exchange").count() == 1


def test_copying_brings_footnotes(visit: Visit) -> None:
    page = visit.open()
    visit.ask(QUESTION)
    page.locator('[data-do="copy"]').click()
    page.wait_for_selector(".toast:has-text('Copied')")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "[^1]" in copied and "\n[^1]: EU-Japan Cyber Dialogue" in copied


def test_feedback_is_kept_with_its_comment(visit: Visit) -> None:
    page = visit.open()
    visit.ask(QUESTION)
    page.locator('[data-rating="down"]').click()
    page.fill('[data-part="ask-dialog-input"]', "a name is missing")
    page.keyboard.press("Enter")
    page.wait_for_selector('[data-rating="down"][aria-pressed="true"]')
    entry = json.loads((visit.site.store / "feedback.jsonl").read_text("utf-8").splitlines()[-1])
    assert (entry["rating"], entry["comment"], entry["question"]) == ("down", "a name is missing", QUESTION)
    assert entry["answer"]["citations"] and entry["history"] == []
    page.reload()
    page.wait_for_selector('[data-rating="down"][aria-pressed="true"]')


def test_a_conversation_is_exported(visit: Visit) -> None:
    page = visit.open()
    visit.ask(QUESTION)
    exported = {}
    for kind in ("md", "json"):
        page.locator(".menu summary").click()
        with page.expect_download() as download:
            page.locator(f'[data-part="export-{kind}"]').click()
        exported[kind] = Path(download.value.path()).read_text("utf-8")
    assert "[^1-1]: EU-Japan Cyber Dialogue" in exported["md"]
    turns = json.loads(exported["json"])["turns"]
    assert turns[0]["answer"]["citations"][0]["quote"].startswith("The discussions")


def test_an_added_document_can_be_asked_about_and_removed(visit: Visit, tmp_path: Path) -> None:
    page = visit.open()
    file = tmp_path / "lighthouse.txt"
    file.write_text("The Oldmoor lighthouse\n\nThe Oldmoor lighthouse was built in 1871 by Greta Lindqvist.\n", "utf-8")
    broken = tmp_path / "broken.txt"
    broken.write_bytes(b"\x00\x01\x02")
    page.set_input_files("#upload", [str(file), str(broken)])
    page.wait_for_selector('.document-list li[data-document="lighthouse.txt"]')
    page.wait_for_selector('.document-list.failed li[data-document="broken.txt"] .document-reason')
    exchange = visit.ask("who built the Oldmoor lighthouse?")
    assert "Greta Lindqvist" in exchange.inner_text()
    for name in ("lighthouse.txt", "broken.txt"):
        item = page.locator(f'li[data-document="{name}"]')
        item.hover()
        item.locator('[data-do="remove"]').click()
        page.locator('[data-part="ask-dialog-ok"]').click()
        until(lambda name=name: page.locator(f'li[data-document="{name}"]').count() == 0)
    assert sorted(path.suffix for path in visit.site.folder.iterdir()) == [".txt", ".txt"]
    exchange.locator(".cite").first.click()
    page.wait_for_selector(".toast:has-text('not among the documents any more')")


def test_questions_go_on_while_documents_are_read(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    held = threading.Event()

    def slow(*, report: Report, **_: Any) -> None:
        report(Progress("embedding", 1, 4))
        held.wait(PATIENCE)

    monkeypatch.setattr(visit.site.assistant, "bring_up_to_date", slow)
    page = visit.open()
    page.set_input_files("#upload", [{"name": "slow.txt", "mimeType": "text/plain", "buffer": b"Something slow."}])
    try:
        bar = page.locator(".progress-box progress")
        bar.wait_for()
        until(lambda: bar.get_attribute("value") == "0.250")
        assert "Saita" in visit.ask(QUESTION).inner_text()
        assert bar.is_visible()
    finally:
        held.set()
        (visit.site.folder / "slow.txt").unlink()
    bar.wait_for(state="detached")


def test_a_file_can_be_dropped_and_is_refused_with_a_reason(visit: Visit) -> None:
    page = visit.open()
    page.evaluate(
        """() => {
          const held = new DataTransfer();
          held.items.add(new File(["x"], "program.exe"));
          const drag = kind => document.body.dispatchEvent(
            new DragEvent(kind, { dataTransfer: held, bubbles: true, cancelable: true }));
          drag("dragenter");
          window.shown = document.body.classList.contains("dropping");
          drag("drop");
        }"""
    )
    page.wait_for_selector(".toast:has-text('Files of this kind are not read')")
    assert page.evaluate("window.shown && !document.body.classList.contains('dropping')")


def test_the_examples_are_answered_from_the_documents(visit: Visit) -> None:
    page = visit.open()
    page.locator(".example").first.wait_for()
    text = page.locator(".example").first.inner_text()
    page.locator(".example").first.click()
    page.wait_for_selector(".exchange[data-state=answered]")
    assert page.locator(".question-text").inner_text() == text
    assert page.locator(".answer.answered").count() == 1


def test_it_works_by_keyboard_alone(visit: Visit) -> None:
    page = visit.open()
    page.locator(".document").first.focus()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "question"
    page.keyboard.type("who co-chaired")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("the 6th dialogue?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".exchange[data-state=answered]")
    assert page.locator(".question-text").inner_text() == "who co-chaired\nthe 6th dialogue?"
    assert "source" in page.locator('[data-part="live"]').inner_text()
    for _ in range(20):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.classList.contains('cite')"):
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("mark.current")
    assert page.evaluate("document.activeElement.classList.contains('document-text')")
    page.keyboard.press("Escape")
    page.wait_for_selector("body:not(.source-open)")
    assert page.evaluate("document.activeElement.classList.contains('cite')")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("light", {}),
        ("dark", {"color_scheme": "dark"}),
        ("phone", {"viewport": {"width": 375, "height": 740}, "has_touch": True, "is_mobile": True}),
        ("zoomed", {"viewport": {"width": 640, "height": 400}}),
    ],
)
def test_it_is_accessible_and_fits(browser: Any, site: Site, name: str, options: dict[str, Any]) -> None:
    made = Visit(browser, site, **options)
    page = made.open()
    found = _axe(page)
    made.ask(QUESTION)
    made.ask("what is the boiling point of tungsten?")
    found += _axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.locator(".cite").first.click()
    page.wait_for_selector("mark.current")
    found += _axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.locator('[data-do="close-source"]').click()
    if name in ("phone", "zoomed"):
        page.locator('[data-do="open-library"]').click()
        page.locator(".document").first.wait_for()
        found += _axe(page)
        page.locator('[data-do="close-library"]').click()
    assert found == []
    made.close()


def _hovered(page: Any, cite: Any) -> bool:
    """Points at it; False where the page was still scrolling, which puts the quote away."""
    page.mouse.move(1, 1)
    cite.hover()
    return bool(page.locator("#quote-tip").is_visible())


def _axe(page: Any) -> list[str]:
    """What axe finds wrong, by rule and place."""
    from axe_playwright_python.sync_playwright import Axe

    results = Axe().run(page).response
    return [
        f"{violation['id']}: {node['html'][:160]}" for violation in results["violations"] for node in violation["nodes"]
    ]


def _two_citations(site: Site) -> Answer:
    answer = site.assistant.ask(QUESTION)
    first = answer.citations[0]
    document = site.assistant.corpus().document(first.document)
    start = document.text.index("Looking forward")
    end = document.text.index(".", start) + 1
    second = replace(first, number=2, start=start, end=end, quote=document.text[start:end])
    sentences = (AnswerSentence(first.quote, (1,)), AnswerSentence(second.quote, (2,)))
    return replace(
        answer,
        question="two places",
        standalone_question="two places",
        text=f"{first.quote} [1] {second.quote} [2]",
        sentences=sentences,
        citations=(first, second),
    )
