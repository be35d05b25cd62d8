"""What other tools make of exported files: JSON of folders on stdin, each tool's next-token losses and greedy text on stdout.

base and adapter go through peft, merged through transformers, gguf through llama.cpp; ids is the text, count the tokens to write.
"""
import json
import sys
import numpy as np
import torch
from gguf import GGUFReader
from llama_cpp import Llama
from peft import PeftModel
from transformers import AutoModelForCausalLM

given = json.load(sys.stdin)
ids, count = given["ids"], given["count"]


def of_logits(logits):
    logits = np.asarray(logits, dtype=np.float64)
    top = logits.max(-1, keepdims=True)
    lse = (top + np.log(np.exp(logits - top).sum(-1, keepdims=True)))[:, 0]
    return [float(lse[t] - logits[t, ids[t + 1]]) for t in range(len(ids) - 1)]


def torch_losses(model):
    model.eval()
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([ids])).logits[0].float().numpy()
        written = list(ids)
        for _ in range(count):
            written.append(int(model(input_ids=torch.tensor([written])).logits[0, -1].argmax()))
    return {"losses": of_logits(logits[:-1]), "written": written[len(ids):]}


def llama_losses(path):
    model = Llama(model_path=path, n_ctx=len(ids) + count + 8, logits_all=True, verbose=False)
    model.reset()
    model.eval(ids)
    losses = of_logits(np.array(model.scores[: len(ids) - 1]))
    written = list(ids)
    for _ in range(count):
        model.reset()
        model.eval(written)
        written.append(int(np.argmax(model.scores[len(written) - 1])))
    return {"losses": losses, "written": written[len(ids):], "tokens": model.tokenize(given["text"].encode(), add_bos=False, special=False)}


base = AutoModelForCausalLM.from_pretrained(given["base"], dtype=torch.float32)
result = {"peft": torch_losses(PeftModel.from_pretrained(base, given["adapter"]))}
result["merged"] = torch_losses(AutoModelForCausalLM.from_pretrained(given["merged"], dtype=torch.float32))
result["gguf"] = {name: llama_losses(path) for name, path in given["gguf"].items()}
result["tensors"] = {name: {str(t.tensor_type.name): True for t in GGUFReader(path).tensors} for name, path in given["gguf"].items()}
print(json.dumps(result))
