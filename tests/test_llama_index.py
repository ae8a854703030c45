"""An index of this program in LlamaIndex's own hands: its vector store, its retriever, its query engines."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from index.corpus import Corpus
from index.embed import LocalEmbedder
from qa.llama import hybrid_retriever
from qa.retrieve import retrieve

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::pydantic.warnings.PydanticDeprecatedSince20"
)

QUESTION = "who co-chaired the 6th dialogue?"


@pytest.fixture(scope="module")
def embedder() -> LocalEmbedder:
    return LocalEmbedder()


@pytest.fixture
def corpus(store: Path) -> Iterator[Corpus]:
    opened = Corpus.open(store, LocalEmbedder.name)
    yield opened
    opened.close()


def llama_embedding(embedder: LocalEmbedder) -> Any:
    """The program's embedder as LlamaIndex's."""
    from llama_index.core.embeddings import BaseEmbedding

    class Embedding(BaseEmbedding):  # type: ignore[misc]
        def _get_text_embedding(self, text: str) -> list[float]:
            return [float(value) for value in embedder.embed([text])[0]]

        _get_query_embedding = _get_text_embedding

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embedding(query)

    return Embedding()


def scripted(*replies: str) -> Any:
    """A model that answers from a list and keeps what it was asked."""
    from llama_index.core.llms import CompletionResponse, CustomLLM, LLMMetadata

    class Scripted(CustomLLM):  # type: ignore[misc]
        asked: list[str] = []  # noqa: RUF012
        left: list[str] = []  # noqa: RUF012

        @property
        def metadata(self) -> LLMMetadata:
            return LLMMetadata(context_window=8_000, num_output=256)

        def complete(self, prompt: str, formatted: bool = False, **_: Any) -> CompletionResponse:
            self.asked.append(prompt)
            return CompletionResponse(text=self.left.pop(0))

        def stream_complete(self, prompt: str, formatted: bool = False, **_: Any) -> Any:
            yield self.complete(prompt)

    return Scripted(left=list(replies), asked=[])


def test_the_collection_opens_with_llama_indexs_own_vector_store(store: Path, embedder: LocalEmbedder) -> None:
    import chromadb
    from chromadb.config import Settings
    from llama_index.core import VectorStoreIndex
    from llama_index.vector_stores.chroma import ChromaVectorStore

    generation = store / "generations" / (store / "CURRENT").read_text().strip()
    settings = Settings(anonymized_telemetry=False)
    client: Any = chromadb.PersistentClient(str(generation / "chroma"), settings=settings)
    try:
        collection = client.get_collection("passages", embedding_function=None)
        index = VectorStoreIndex.from_vector_store(
            ChromaVectorStore(chroma_collection=collection), embed_model=llama_embedding(embedder)
        )
        found = index.as_retriever(similarity_top_k=3).retrieve(QUESTION)
        assert len(found) == 3
        assert any("co-chaired" in node.node.get_content() for node in found)
        for node in found:
            fields = node.node.metadata
            text = (Path(__file__).parent.parent / "documents" / fields["document"]).read_bytes().decode()
            assert fields["title"] and text[int(fields["start"]) : int(fields["end"])] == node.node.text
        engine = index.as_query_engine(llm=scripted("They were Irfan Hemani and Yukio Saita."), similarity_top_k=3)
        assert "Saita" in str(engine.query(QUESTION))
    finally:
        client.close()


def test_the_hybrid_retriever_finds_what_the_program_finds(corpus: Corpus, embedder: LocalEmbedder) -> None:
    ours = retrieve(corpus, embedder, QUESTION, 4)
    theirs = hybrid_retriever(corpus, embedder, 4).retrieve(QUESTION)
    assert [(node.node.node_id, node.score) for node in theirs] == [(e.passage.id, e.score) for e in ours]
    for node in theirs:
        document = corpus.document(node.node.metadata["document"])
        assert document.text[node.node.start_char_idx : node.node.end_char_idx] == node.node.text
        assert node.node.ref_doc_id == document.path


def test_a_retriever_over_a_function_follows_the_newest_index(corpus: Corpus, embedder: LocalEmbedder) -> None:
    opened: list[Corpus] = []

    def newest() -> Corpus:
        opened.append(corpus)
        return corpus

    retriever = hybrid_retriever(newest, embedder)
    assert retriever.retrieve(QUESTION) and retriever.retrieve("cyber")
    assert len(opened) == 2


def test_it_runs_in_llama_indexs_retriever_query_engine(corpus: Corpus, embedder: LocalEmbedder) -> None:
    from llama_index.core.query_engine import RetrieverQueryEngine

    llm = scripted("Irfan Hemani and Yukio Saita.")
    engine = RetrieverQueryEngine.from_args(hybrid_retriever(corpus, embedder, 2), llm=llm)
    answer = engine.query(QUESTION)
    assert str(answer) == "Irfan Hemani and Yukio Saita."
    assert len(answer.source_nodes) == 2
    assert "co-chaired" in llm.asked[0] and QUESTION in llm.asked[0]


def test_it_runs_in_llama_indexs_citation_query_engine(corpus: Corpus, embedder: LocalEmbedder) -> None:
    from llama_index.core.query_engine import CitationQueryEngine

    llm = scripted("Irfan Hemani and Yukio Saita [1].")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        engine = CitationQueryEngine(hybrid_retriever(corpus, embedder, 2), llm=llm)
        answer = engine.query(QUESTION)
    assert str(answer).endswith("[1].")
    assert "Source 1:" in llm.asked[0] and "co-chaired" in llm.asked[0]
    cited = answer.source_nodes[0].node
    assert cited.metadata["document"] == "eu-japan-6th-cyber-dialogue-2024.txt"
