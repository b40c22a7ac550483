"""Makes a tiny BERT in Hugging Face's folder layout, with random weights."""

import json
import os

import numpy as np
from safetensors.numpy import save_file

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "kopi", "cafe", "susu", "gal", "##axy", "250", "ml"]
DIM, LAYERS, HEADS, INNER, POSITIONS = 8, 2, 2, 16, 16


def write_bert_folder(folder, hidden_act="gelu"):
    """Writes config.json, model.safetensors, tokenizer_config.json and vocab.txt; returns the tensors by name."""
    os.makedirs(folder, exist_ok=True)
    config = {
        "model_type": "bert",
        "architectures": ["BertModel"],
        "vocab_size": len(VOCABULARY),
        "hidden_size": DIM,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "intermediate_size": INNER,
        "max_position_embeddings": POSITIONS,
        "hidden_act": hidden_act,
    }
    tensors = {name: _random(name, shape) for name, shape in _shapes().items()}
    save_file(tensors, os.path.join(folder, "model.safetensors"))
    _write(folder, "config.json", json.dumps(config))
    _write(folder, "tokenizer_config.json", json.dumps({"do_lower_case": True, "strip_accents": None}))
    _write(folder, "vocab.txt", "\n".join(VOCABULARY) + "\n")
    return tensors


def _shapes():
    shapes = {
        "embeddings.word_embeddings.weight": (len(VOCABULARY), DIM),
        "embeddings.position_embeddings.weight": (POSITIONS, DIM),
        "embeddings.token_type_embeddings.weight": (2, DIM),
        **_norm("embeddings.LayerNorm"),
        **_dense("pooler.dense", DIM, DIM),
    }
    for i in range(LAYERS):
        layer = f"encoder.layer.{i}."
        for name in ("self.query", "self.key", "self.value", "output.dense"):
            shapes |= _dense(f"{layer}attention.{name}", DIM, DIM)
        shapes |= _norm(f"{layer}attention.output.LayerNorm") | _norm(f"{layer}output.LayerNorm")
        shapes |= _dense(f"{layer}intermediate.dense", DIM, INNER) | _dense(f"{layer}output.dense", INNER, DIM)
    return shapes


def _dense(name, inputs, outputs):
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def _norm(name):
    return {f"{name}.weight": (DIM,), f"{name}.bias": (DIM,)}


def _random(name, shape):
    rng = np.random.default_rng(sum(name.encode()) * 1000 + len(name))
    return (rng.normal(size=shape) * 0.5 + ("LayerNorm.weight" in name)).astype("float32")


def _write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(text)
