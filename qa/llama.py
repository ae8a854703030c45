"""The hybrid retriever as LlamaIndex's own kind, so that its query engines run on an index of this program.

    from llama_index.core.query_engine import CitationQueryEngine
    retriever = hybrid_retriever(assistant.corpus, LocalEmbedder(), k=5)
    engine = CitationQueryEngine(retriever, llm=llm)

The embedded collection itself opens with LlamaIndex's `ChromaVectorStore`, for who wants dense retrieval alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from index.corpus import Corpus
from index.embed import Embedder
from qa.retrieve import retrieve
from qa.types import Evidence

if TYPE_CHECKING:
    from llama_index.core.base.base_retriever import BaseRetriever
    from llama_index.core.schema import NodeWithScore, QueryBundle


def hybrid_retriever(corpus: Corpus | Callable[[], Corpus], embedder: Embedder, k: int = 5) -> BaseRetriever:
    """A LlamaIndex retriever that finds the k best passages as `retrieve` does, with their fused scores.

    `corpus` may be a function such as `Assistant.corpus`, so that each question is answered from the newest index. A
    node's text is the passage's, its `start_char_idx` and `end_char_idx` count in the document as it was indexed.
    """
    from llama_index.core.base.base_retriever import BaseRetriever

    class HybridRetriever(BaseRetriever):
        """Dense and BM25 rankings of passages, fused."""

        def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
            opened = corpus if isinstance(corpus, Corpus) else corpus()
            return [_node(evidence) for evidence in retrieve(opened, embedder, query_bundle.query_str, k)]

    return HybridRetriever()


def _node(evidence: Evidence) -> NodeWithScore:
    from llama_index.core.schema import NodeRelationship, NodeWithScore, RelatedNodeInfo, TextNode

    passage = evidence.passage
    fields = {
        "document": passage.document,
        "title": passage.title,
        "date": passage.date,
        "section": passage.section,
        "page": passage.page,
        "start": passage.start,
        "end": passage.end,
    }
    node = TextNode(
        id_=passage.id,
        text=passage.text,
        metadata={name: value for name, value in fields.items() if value is not None},
        excluded_llm_metadata_keys=["start", "end"],
        start_char_idx=passage.start,
        end_char_idx=passage.end,
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=passage.document)},
    )
    return NodeWithScore(node=node, score=evidence.score)
