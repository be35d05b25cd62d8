"""A student as transformers.js reads it: ONNX with its cache, by the exporter that transformers.js names, all weights f32.

pip install optimum-onnx==0.1.0 onnxruntime torch     (it takes transformers below 4.58: an environment of its own)
python bench/peers/onnxStudent.py public/students/world-a-0 PEER/world-a-0

Of what is written the page reads config.json, the tokenizer's files and onnx/model.onnx. Nothing is fetched.
"""
import sys
from pathlib import Path

from optimum.exporters.onnx import main_export

student, folder = (Path(name).resolve() for name in sys.argv[1:3])
main_export(str(student), output=folder, task="text-generation-with-past", dtype="fp32", local_files_only=True)
(folder / "onnx").mkdir(exist_ok=True)
(folder / "model.onnx").replace(folder / "onnx" / "model.onnx")
print(f"wrote {folder}")
