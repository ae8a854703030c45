"""The least that a cold answer over Chroma can take: import it, open a store, load the model, embed, query once."""

import sys
from pathlib import Path

import chromadb
import numpy as np
import onnxruntime
from chromadb.config import Settings
from tokenizers import Tokenizer

MODELS = Path(__file__).resolve().parent.parent / "index" / "models"


def main(folder: str) -> None:
    client = chromadb.PersistentClient(folder, settings=Settings(anonymized_telemetry=False))
    collection = client.get_collection("passages", embedding_function=None)
    session = onnxruntime.InferenceSession(str(MODELS / "embedder.onnx"), providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(MODELS / "tokenizer.json"))
    ids = np.array([tokenizer.encode("who co-chaired the 6th dialogue?").ids])
    (vector,) = session.run(["embedding"], {"input_ids": ids, "attention_mask": np.ones_like(ids)})
    found = collection.query(query_embeddings=vector, n_results=5)
    print(len(found["ids"][0]))


if __name__ == "__main__":
    main(sys.argv[1])
