"""Writes test/golden/chatTokens.json: conversations through Qwen 3's own template and tokenizer, by transformers.

Run beside the shared test data:  python test/interop/chatTokens.py
"""
import json
import pathlib

from transformers import AutoTokenizer

here = pathlib.Path(__file__).resolve().parent
tokenizer = AutoTokenizer.from_pretrained(here.parents[2] / "shared" / "data" / "hf-tokenizers" / "qwen3")
rows = [
    ("What is 2 + 3?", "2 + 3 = 5\n#### 5"),
    ("  spaces,\n\nlines and \U0001f999 ", "½ of 8 is **4**."),
    ("<b>markup</b> {{ braces }}", "fine"),
]
cases = []
for question, answer in rows:
    user, assistant = {"role": "user", "content": question}, {"role": "assistant", "content": answer}
    render = lambda messages, prompt: tokenizer.apply_chat_template(  # noqa: E731
        messages, add_generation_prompt=prompt, enable_thinking=False, tokenize=True, return_dict=False)
    cases.append({"question": question, "answer": answer, "prompt": render([user], True), "whole": render([user, assistant], False)})
(here.parent / "golden" / "chatTokens.json").write_text(json.dumps({"cases": cases}) + "\n")
