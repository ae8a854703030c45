"""A plain script over a folder, as tutorials have it: LlamaIndex cuts, an embedding model embeds, Chroma finds.

    python benchmarks/peer.py KIND WEIGHTS STORE

KIND is `sentence-transformers` (LlamaIndex's HuggingFaceEmbedding, fp32) or `chroma` (Chroma's default function over
the same weights as fp32 ONNX). Runs in an environment of its own that `benchmarks.peers` makes, and imports nothing of
this project. A request is a line of JSON on standard input, so is its answer on standard output:

    {"do": "index", "documents": FOLDER}   → {"seconds", "passages", "characters"}
    {"do": "ask", "question": Q, "k": 5}   → {"seconds", "texts", "documents"}
    {"do": "embed", "texts": [...]}        → {"seconds"}
    {"do": "memory"}                       → {"mb"}

Passages are of 256 tokens, which is what the model reads; LlamaIndex's own default of 1,024 would lose the rest.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

TOKENS, OVERLAP = 256, 20


def split(documents: str) -> list[Any]:
    """The folder's text files as LlamaIndex's nodes."""
    from llama_index.core import SimpleDirectoryReader
    from llama_index.core.node_parser import SentenceSplitter

    loaded = SimpleDirectoryReader(documents, required_exts=[".txt", ".md"]).load_data()
    return SentenceSplitter(chunk_size=TOKENS, chunk_overlap=OVERLAP).get_nodes_from_documents(loaded)


class SentenceTransformers:
    """`VectorStoreIndex` over `ChromaVectorStore`, as the starter tutorial has it."""

    def __init__(self, weights: Path, store: Path) -> None:
        import chromadb
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding
        from llama_index.vector_stores.chroma import ChromaVectorStore

        self.model = HuggingFaceEmbedding(model_name=str(weights), device="cpu", embed_batch_size=32)
        collection = chromadb.PersistentClient(str(store)).get_or_create_collection("documents")
        self.vectors = ChromaVectorStore(chroma_collection=collection)

    def index(self, documents: str) -> list[str]:
        from llama_index.core import StorageContext, VectorStoreIndex

        nodes = split(documents)
        storage = StorageContext.from_defaults(vector_store=self.vectors)
        VectorStoreIndex(nodes, storage_context=storage, embed_model=self.model)
        return [node.get_content() for node in nodes]

    def ask(self, question: str, k: int) -> list[tuple[str, str]]:
        from llama_index.core import VectorStoreIndex

        opened = VectorStoreIndex.from_vector_store(self.vectors, embed_model=self.model)
        found = opened.as_retriever(similarity_top_k=k).retrieve(question)
        return [(one.node.get_content(), one.node.metadata["file_name"]) for one in found]

    def embed(self, texts: list[str]) -> None:
        self.model.get_text_embedding_batch(texts)


class Chroma:
    """A collection with Chroma's default embedding function, which finds its model where it would have put it."""

    def __init__(self, weights: Path, store: Path) -> None:
        import chromadb
        from chromadb.utils.embedding_functions.onnx_mini_lm_l6_v2 import ONNXMiniLM_L6_V2

        folder = store.parent / "onnx"
        if not (folder / "model.onnx").exists():
            export(weights, folder)
        function = ONNXMiniLM_L6_V2(preferred_providers=["CPUExecutionProvider"])
        function.DOWNLOAD_PATH, function.EXTRACTED_FOLDER_NAME = store.parent, "onnx"  # type: ignore[assignment,misc]
        function._download_model_if_not_exists = lambda: None  # type: ignore[method-assign]
        self.function = function
        client = chromadb.PersistentClient(str(store))
        self.collection = client.get_or_create_collection("documents", embedding_function=function)  # type: ignore[arg-type]

    def index(self, documents: str) -> list[str]:
        nodes = split(documents)
        texts = [node.get_content() for node in nodes]
        names = [{"file_name": node.metadata["file_name"]} for node in nodes]
        for at in range(0, len(texts), 1000):
            part = slice(at, at + 1000)
            self.collection.add(
                ids=[node.node_id for node in nodes[part]],
                documents=texts[part],
                metadatas=names[part],  # type: ignore[arg-type]
            )
        return texts

    def ask(self, question: str, k: int) -> list[tuple[str, str]]:
        found = self.collection.query(query_texts=[question], n_results=k)
        texts, places = found["documents"], found["metadatas"]
        assert texts is not None and places is not None
        return [(text, str(place["file_name"])) for text, place in zip(texts[0], places[0], strict=True)]

    def embed(self, texts: list[str]) -> None:
        self.function(texts)


def export(weights: Path, folder: Path) -> None:
    """The published fp32 weights as the ONNX file that Chroma's function expects."""
    import torch
    from transformers import AutoModel

    class Hidden(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = AutoModel.from_pretrained(weights, attn_implementation="eager").eval()

        def forward(self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor) -> torch.Tensor:
            return self.model(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.json").write_bytes((weights / "tokenizer.json").read_bytes())
    names = ["input_ids", "attention_mask", "token_type_ids"]
    torch.onnx.export(
        Hidden(),
        tuple(torch.ones((2, 16), dtype=torch.long) for _ in names),
        str(folder / "model.onnx"),
        input_names=names,
        output_names=["last_hidden_state"],
        dynamic_axes={name: {0: "batch", 1: "length"} for name in [*names, "last_hidden_state"]},
        opset_version=17,
        dynamo=False,
    )


def main(kind: str, weights: str, store: str) -> None:
    said = sys.stdout
    sys.stdout = sys.stderr  # what libraries print is no answer
    make = Chroma if kind == "chroma" else SentenceTransformers
    peer: Chroma | SentenceTransformers = make(Path(weights), Path(store))
    for line in sys.stdin:
        request = json.loads(line)
        answer: dict[str, Any] = {}
        began = time.perf_counter()
        if request["do"] == "index":
            texts = peer.index(request["documents"])
            answer = {"passages": len(texts), "characters": sum(map(len, texts))}
        elif request["do"] == "ask":
            found = peer.ask(request["question"], request["k"])
            answer = {"texts": [text for text, _ in found], "documents": [name for _, name in found]}
        elif request["do"] == "embed":
            peer.embed(request["texts"])
        elif request["do"] == "memory":
            answer = {"mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
        answer["seconds"] = time.perf_counter() - began
        print(json.dumps(answer), file=said, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
