"""Writes language models so small that they know one sentence, in the format that a llama.cpp server loads.

python tiny_gguf.py TEXT FILE          (needs `gguf` and `numpy`)

A token is a byte. Attention and feed-forward weights are zero and the embeddings one-hot, so that what comes next
depends on the last byte alone: the bytes of TEXT follow each other, any other byte begins it, and its last one ends the
answer, or begins TEXT again where a `…` stands at its end. No byte may stand in TEXT twice.
"""

from __future__ import annotations

import sys

import gguf
import numpy as np

HEADS, HEAD_WIDTH, FEED_FORWARD, CONTEXT = 9, 32, 32, 4096
WIDTH = HEADS * HEAD_WIDTH
BEGIN, END, FIRST_BYTE = 1, 2, 3
SURE = 2.0
"""A logit is this times the square root of the width: all others are 0, at any usual temperature."""
TEMPLATE = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}assistant:"


def write(text: str, path: str) -> None:
    """Makes the file of a model that says `text`."""
    said = [FIRST_BYTE + byte for byte in text.removesuffix("…").encode()]
    if len(set(said)) < len(said):
        raise ValueError("a byte stands twice in the text")
    kinds = gguf.TokenType
    tokens = [b"<unk>", b"<s>", b"</s>"] + [f"<0x{byte:02X}>".encode() for byte in range(256)]
    following = {token: said[0] for token in range(len(tokens))}
    following |= dict(zip(said, [*said[1:], said[0] if text.endswith("…") else END], strict=True))
    embedding, output = np.eye(len(tokens), WIDTH), np.zeros((len(tokens), WIDTH))
    for token, after in following.items():
        output[after, token] = SURE

    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(HEAD_WIDTH)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types([kinds.UNKNOWN, kinds.CONTROL, kinds.CONTROL] + [kinds.BYTE] * 256)
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(BEGIN)
    writer.add_eos_token_id(END)
    writer.add_chat_template(TEMPLATE)
    weights = {"token_embd": embedding, "output": output, "output_norm": np.ones(WIDTH)}
    weights |= {f"blk.0.{part}_norm": np.ones(WIDTH) for part in ("attn", "ffn")}
    weights |= {f"blk.0.attn_{part}": np.zeros((WIDTH, WIDTH)) for part in ("q", "k", "v", "output")}
    weights |= {f"blk.0.ffn_{part}": np.zeros((FEED_FORWARD, WIDTH)) for part in ("gate", "up")}
    weights["blk.0.ffn_down"] = np.zeros((WIDTH, FEED_FORWARD))
    for name, weight in weights.items():
        writer.add_tensor(f"{name}.weight", weight.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    write(*sys.argv[1:])
