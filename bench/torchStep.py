"""The bench's training step and square products in PyTorch: eager and torch.compile, f32 (and TF32 or bf16 for the record).

python torchStep.py '{"vocab":512,"width":128,"layers":4,"heads":4,"hidden":352,"context":128,"batch":8,"rounds":5,"products":[512]}'
Prints one JSON document. The same model as bench/models.ts: pre-RMSNorm, rope, causal attention, SwiGLU, untied head, AdamW.
"""
import json
import statistics
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

asked = json.loads(sys.argv[1])
device = "cuda" if torch.cuda.is_available() else "cpu"


def rope(x, cos, sin):
    low, high = x.chunk(2, dim=-1)
    return x * cos + torch.cat((-high, low), dim=-1) * sin


class Block(nn.Module):
    def __init__(self, width, heads, hidden):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.RMSNorm(width, eps=1e-5), nn.RMSNorm(width, eps=1e-5)
        self.q, self.k, self.v, self.o = (nn.Linear(width, width, bias=False) for _ in range(4))
        self.gate, self.up = (nn.Linear(width, hidden, bias=False) for _ in range(2))
        self.down = nn.Linear(hidden, width, bias=False)

    def forward(self, x, cos, sin):
        rows, context, width = x.shape
        split = lambda y: y.view(rows, context, self.heads, -1).transpose(1, 2)
        h = self.norm1(x)
        mixed = F.scaled_dot_product_attention(rope(split(self.q(h)), cos, sin), rope(split(self.k(h)), cos, sin), split(self.v(h)), is_causal=True)
        x = x + self.o(mixed.transpose(1, 2).reshape(rows, context, width))
        h = self.norm2(x)
        return x + self.down(F.silu(self.gate(h)) * self.up(h))


class Model(nn.Module):
    def __init__(self, vocab, width, layers, heads, hidden, context, **_):
        super().__init__()
        self.embed, self.head = nn.Embedding(vocab, width), nn.Linear(width, vocab, bias=False)
        self.blocks = nn.ModuleList(Block(width, heads, hidden) for _ in range(layers))
        self.norm = nn.RMSNorm(width, eps=1e-5)
        size = width // heads
        angles = torch.outer(torch.arange(context).float(), 10000.0 ** (-torch.arange(0, size, 2).float() / size)).repeat(1, 2)
        self.register_buffer("cos", angles.cos())
        self.register_buffer("sin", angles.sin())

    def forward(self, ids, targets):
        x = self.embed(ids)
        for block in self.blocks:
            x = block(x, self.cos, self.sin)
        return F.cross_entropy(self.head(self.norm(x)).flatten(0, 1).float(), targets.flatten())


def synchronise():
    if device == "cuda":
        torch.cuda.synchronize()


def timed(work, rounds):
    work()
    work()
    times = []
    for _ in range(rounds):
        synchronise()
        since = time.perf_counter()
        work()
        synchronise()
        times.append(1000 * (time.perf_counter() - since))
    return statistics.median(times)


def step_time(compiled, dtype, tf32):
    torch.manual_seed(0)
    torch.set_float32_matmul_precision("high" if tf32 else "highest")
    model = Model(**asked).to(device)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-4, betas=(0.9, 0.98), weight_decay=0.1, fused=device == "cuda")
    ids, targets = (torch.randint(asked["vocab"], (asked["batch"], asked["context"]), device=device) for _ in range(2))
    run = torch.compile(model) if compiled else model

    def step():
        with torch.autocast(device, dtype=dtype, enabled=dtype != torch.float32):
            loss = run(ids, targets)
        loss.backward()
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        return loss.item()

    return timed(step, asked["rounds"])


def entry(name, compiled, dtype=torch.float32, tf32=False):
    try:
        ms = step_time(compiled, dtype, tf32)
    except Exception as error:  # torch.compile wants a C++ compiler or Triton, which a machine may lack
        return {"name": name, "error": str(error).strip().splitlines()[0][:200]}
    return {"name": name, "ms": ms, "tokensPerSecond": 1000 * asked["batch"] * asked["context"] / ms}


steps = [entry("eager f32", False)]
if not asked.get("eagerOnly"):
    steps.append(entry("compile f32", True))
if device == "cuda":
    steps += [entry("eager TF32", False, tf32=True), entry("eager bf16", False, torch.bfloat16), entry("compile bf16", True, torch.bfloat16)]

torch.set_float32_matmul_precision("highest")
matmul = []
for size in asked["products"]:
    a, b = (torch.randn(size, size, device=device) for _ in range(2))
    matmul.append({"size": size, "gflops": 2 * size**3 / timed(lambda: a @ b, asked["rounds"]) / 1e6})

name = torch.cuda.get_device_name() if device == "cuda" else "cpu"
print(json.dumps({"torch": torch.__version__, "device": name, "threads": torch.get_num_threads(), "steps": steps, "matmul": matmul}))
