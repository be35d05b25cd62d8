"""Greedy text of llama.cpp from a GGUF file: JSON {gguf, ids, text, count} on stdin, the tokens it writes and reads on stdout."""
import json
import sys
import numpy as np
from llama_cpp import Llama

given = json.load(sys.stdin)
ids = given["ids"]
model = Llama(model_path=given["gguf"], n_ctx=len(ids) + given["count"] + 8, logits_all=True, verbose=False)
model.eval(ids)
written = []
for _ in range(given["count"]):
    written.append(int(np.argmax(model.scores[len(ids) + len(written) - 1])))
    model.eval(written[-1:])
print(json.dumps({"written": written, "losses": [], "tokens": model.tokenize(given["text"].encode(), add_bos=False, special=True)}))
