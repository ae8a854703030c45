"""The doors for programs, each through the client that people would use."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes import run
from web_support import PATIENCE, Site, copy_documents, serving

from qa.render import answer_json
from web.answering import BusyError, Gate

pytest_plugins = ["web_support"]

QUESTION = "who co-chaired the 6th dialogue?"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, store: Path) -> Iterator[Site]:
    folder = copy_documents(tmp_path_factory.mktemp("programs") / "documents")
    with serving(folder, store, auth="ada:correct horse", mcp=_has_mcp()) as found:
        yield found


def _has_mcp() -> bool:
    try:
        import mcp  # noqa: F401
    except ImportError:
        return False
    return True


def _without_times(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "seconds"}


def test_the_gradio_client_gets_the_contracts_json(guarded: Site) -> None:
    from gradio_client import Client

    client = Client(guarded.address, auth=("ada", "correct horse"), verbose=False, httpx_kwargs={"timeout": PATIENCE})
    answer = client.predict(question=QUESTION, api_name="/ask")
    assert _without_times(answer) == _without_times(
        json.loads(json.dumps(answer_json(guarded.assistant.ask(QUESTION))))
    )
    text = guarded.assistant.corpus().document(answer["citations"][0]["document"]).text
    cited = answer["citations"][0]
    assert text[cited["start"] : cited["end"]] == cited["quote"]
    followed = client.predict(question="and where was it held?", history=[answer], k=3, api_name="/ask")
    assert followed["question"] == "and where was it held?"
    passages = client.predict(query="critical infrastructure", k=2, api_name="/search")
    assert len(passages) == 2 and {"document", "start", "end", "score", "text"} <= set(passages[0])
    documents = client.predict(api_name="/documents")
    assert [item["document"] for item in documents["documents"]] == sorted(
        path.name for path in guarded.folder.iterdir()
    )
    with pytest.raises(Exception, match="The question is empty"):
        client.predict(question=" ", api_name="/ask")
    names = set(client.view_api(return_format="dict")["named_endpoints"])  # type: ignore[index]
    assert names == {"/ask", "/search", "/documents"}
    client.close()


def test_any_openai_client_can_ask(guarded: Site) -> None:
    import openai

    client = openai.OpenAI(base_url=f"{guarded.address}/v1", api_key="ada:correct horse", max_retries=0)
    assert [model.id for model in client.models.list()] == ["footnote"]
    assert client.models.retrieve("footnote").id == "footnote"
    messages: list[Any] = [{"role": "system", "content": "Invent things."}, {"role": "user", "content": QUESTION}]
    done = client.chat.completions.create(model="footnote", messages=messages)
    text = done.choices[0].message.content or ""
    assert "Saita" in text and "[^1]" in text and "\n[^1]: EU-Japan" in text
    assert done.choices[0].finish_reason == "stop"
    extra = (done.model_extra or {})["footnote"]
    assert extra["citations"][0]["document"] == "eu-japan-6th-cyber-dialogue-2024.txt"
    messages += [
        {"role": "assistant", "content": text},
        {"role": "user", "content": [{"type": "text", "text": "and where?"}]},
    ]
    assert client.chat.completions.create(model="footnote", messages=messages).choices[0].message.content
    with pytest.raises(openai.BadRequestError, match="question is empty"):
        client.chat.completions.create(model="footnote", messages=[{"role": "user", "content": ""}])
    with pytest.raises(openai.BadRequestError, match="messages"):
        client.chat.completions.create(model="footnote", messages=[])
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("another")
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="ada:wrong").models.list()
    client.close()


def test_a_stream_is_the_same_answer_in_pieces(guarded: Site) -> None:
    import openai

    client = openai.OpenAI(base_url=f"{guarded.address}/v1", api_key="ada:correct horse", max_retries=0)
    messages: list[Any] = [{"role": "user", "content": QUESTION}]
    whole = client.chat.completions.create(model="footnote", messages=messages).choices[0].message.content
    pieces, last, usage = [], None, None
    stream = client.chat.completions.create(
        model="footnote", messages=messages, stream=True, stream_options={"include_usage": True}
    )
    for chunk in stream:
        if chunk.choices:
            pieces.append(chunk.choices[0].delta.content or "")
            last = chunk if chunk.choices[0].finish_reason else last
        usage = chunk.usage or usage
    assert "".join(pieces) == whole and len(pieces) > 5
    assert last is not None and (last.model_extra or {})["footnote"]["status"] == "answered"
    assert usage is not None and usage.total_tokens == 0
    client.close()


def test_the_official_mcp_client_uses_the_tools(guarded: Site) -> None:
    pytest.importorskip("mcp", reason="the package mcp is not installed: pip install -e '.[mcp]'")

    async def talk() -> None:
        import httpx2
        from mcp import Client
        from mcp.client.streamable_http import streamable_http_client

        headers = {"Authorization": "Bearer ada:correct horse"}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=PATIENCE) as http,
            Client(streamable_http_client(f"{guarded.address}/mcp", http_client=http)) as client,
        ):
            listed = await client.list_tools()
            assert sorted(tool.name for tool in listed.tools) == ["ask", "read_document", "search"]
            answered = (await client.call_tool("ask", {"question": QUESTION})).structured_content or {}
            cited = answered["citations"][0]
            place = {"document": cited["document"], "start": cited["start"], "end": cited["end"]}
            read = (await client.call_tool("read_document", place)).structured_content or {}
            assert read["text"] == cited["quote"]
            found = (
                await client.call_tool("search", {"query": "critical infrastructure", "k": 2})
            ).structured_content or {}
            assert len(found["passages"]) == 2
            missing = await client.call_tool("read_document", {"document": "../../etc/passwd"})
            assert missing.is_error and "There is no document" in str(missing.content)

    run(talk())


def test_too_many_at_once_are_turned_away_and_the_rest_are_answered() -> None:
    release = threading.Event()

    async def crowd() -> list[object]:
        gate = Gate(running=2, waiting=3)
        waiting = [asyncio.ensure_future(gate.run(lambda: release.wait(PATIENCE))) for _ in range(12)]
        await asyncio.sleep(0.2)
        release.set()
        return list(await asyncio.gather(*waiting, return_exceptions=True))

    outcome = run(crowd())
    assert outcome.count(True) == 5
    assert sum(isinstance(item, BusyError) for item in outcome) == 7


def test_busy_is_said_in_the_clients_own_terms(tmp_path: Path, store: Path) -> None:
    import openai

    with serving(copy_documents(tmp_path / "documents"), store, gate=Gate(running=0, waiting=0)) as site:
        client = openai.OpenAI(base_url=f"{site.address}/v1", api_key="none", max_retries=0)
        with pytest.raises(openai.InternalServerError, match="Too many questions") as caught:
            client.chat.completions.create(model="footnote", messages=[{"role": "user", "content": QUESTION}])
        assert caught.value.status_code == 503 and caught.value.response.headers["retry-after"]
        client.close()
