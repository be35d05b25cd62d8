"""Writes test/golden/quantised.json: blocks of every quantised format and their values by the gguf package.

Run with a Python that has gguf and numpy:  python test/interop/quantisedBlocks.py
The bytes are random, but for the f16 scales of each block, which are small and finite.
"""
import base64
import importlib.metadata
import json
import pathlib

import gguf
import numpy as np

BLOCKS = 4
# Byte offsets of the f16 numbers of a block.
SCALES = {
    "Q8_0": [0], "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2],
    "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208], "F16": None, "BF16": None,
}


def blocks(random, name):
    kind = gguf.GGMLQuantizationType[name]
    if SCALES[name] is None:
        values = random.normal(size=32).astype(np.float32)
        return gguf.quantize(values, kind).view(np.uint8).reshape(-1)
    _, size = gguf.GGML_QUANT_SIZES[kind]
    bytes_ = random.integers(0, 256, size=(BLOCKS, size), dtype=np.uint8)
    for at in SCALES[name]:
        scales = random.uniform(-0.05, 0.05, size=BLOCKS).astype(np.float16)
        bytes_[:, at:at + 2] = scales.view(np.uint8).reshape(BLOCKS, 2)
    return bytes_.reshape(-1)


def text(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def main():
    random = np.random.default_rng(20260101)
    golden = {}
    for name in SCALES:
        raw = blocks(random, name)
        values = gguf.dequantize(raw.reshape(1, -1), gguf.GGMLQuantizationType[name]).astype(np.float32)
        golden[name] = {"bytes": text(raw), "values": text(values)}
    out = pathlib.Path(__file__).parent.parent / "golden" / "quantised.json"
    out.write_text(json.dumps({"madeBy": f"gguf {importlib.metadata.version('gguf')}", **golden}, indent=1) + "\n")


main()
