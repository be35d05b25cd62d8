"""Makes test/golden/families: tiny random models of every family with what PyTorch's `transformers` computes for them in f32.

Each folder holds config.json, model.safetensors (bf16, so that the numbers are exact), expected.safetensors (the logits of two
documents and the gradient of every parameter, as the files have them) and expected.json (the documents, the loss, and greedy
continuations). With --shared DIR it also writes the logits of the tiny models there, which are not ours to keep.

    python test/interop/makeFamilies.py [--shared ../shared/data/tiny-random]
"""
import argparse
import json
import pathlib
import zlib

import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForCausalLM

OUT = pathlib.Path(__file__).parent.parent / "golden" / "families"
ROTARY = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, intermediate_size=44, vocab_size=203,
              max_position_embeddings=64, bos_token_id=1, eos_token_id=2)


def rope(**more):
    return {"rope_type": "default", "rope_theta": 10000.0, **more}


FAMILIES = {
    "llama": dict(model_type="llama", **{**ROTARY, "vocab_size": 100, "num_hidden_layers": 1}, attention_bias=True, mlp_bias=True,
                  rope_parameters=rope(rope_type="linear", factor=4.0)),
    "llama3": dict(model_type="llama", **ROTARY, head_dim=16, tie_word_embeddings=True,
                   rope_parameters=rope(rope_type="llama3", rope_theta=500.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
                                        original_max_position_embeddings=32)),
    "mistral": dict(model_type="mistral", **ROTARY, head_dim=12, sliding_window=5, rope_parameters=rope()),
    "qwen2": dict(model_type="qwen2", **ROTARY, use_sliding_window=True, sliding_window=4, max_window_layers=1, tie_word_embeddings=True,
                  rope_parameters=rope(rope_theta=1000000.0)),
    "qwen3": dict(model_type="qwen3", **{**ROTARY, "num_attention_heads": 6, "num_key_value_heads": 3}, head_dim=24, tie_word_embeddings=True,
                  rope_parameters=rope()),
    "gemma3": dict(model_type="gemma3_text", **{**ROTARY, "num_hidden_layers": 3}, head_dim=24, sliding_window=4, query_pre_attn_scalar=20,
                   layer_types=["sliding_attention", "full_attention", "sliding_attention"],
                   rope_parameters={"sliding_attention": rope(), "full_attention": rope(rope_type="linear", factor=2.0, rope_theta=1000000.0)}),
    "gemma3-caps": dict(model_type="gemma3_text", **{**ROTARY, "vocab_size": 101, "num_hidden_layers": 1}, head_dim=8, query_pre_attn_scalar=8,
                        sliding_window=3, layer_types=["sliding_attention"], attn_logit_softcapping=2.0, final_logit_softcapping=12.0,
                        rope_parameters={"sliding_attention": rope(), "full_attention": rope()}),
    "gpt2": dict(model_type="gpt2", vocab_size=203, n_embd=36, n_layer=2, n_head=3, n_positions=64, bos_token_id=1, eos_token_id=2,
                 attn_pdrop=0.0, embd_pdrop=0.0, resid_pdrop=0.0),
    "gpt2-untied": dict(model_type="gpt2", vocab_size=61, n_embd=24, n_layer=1, n_head=2, n_inner=40, n_positions=40, bos_token_id=1,
                        eos_token_id=2, attn_pdrop=0.0, embd_pdrop=0.0, resid_pdrop=0.0, tie_word_embeddings=False),
}
LENGTHS = (19, 11)
NEW_TOKENS = 10


def randomise(model, name):
    generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))
    for key, param in model.named_parameters():
        noise = torch.randn(param.shape, generator=generator)
        if "norm" in key or "ln_" in key:
            at_one = key.endswith("weight") and "gemma" not in name
            value = float(at_one) + 0.2 * noise
        elif key.endswith("bias"):
            value = 0.3 * noise
        elif "embed" in key or "wte" in key or "wpe" in key:
            value = 0.25 * noise
        else:
            fan_in = param.shape[0] if type(model).__name__.startswith("GPT2") and "lm_head" not in key else param.shape[1]
            value = noise / fan_in**0.5
        param.data.copy_(value.to(torch.bfloat16).float())


def logits_of(model, ids):
    # `transformers` reads Gemma 3's attention cap and does not hand it to its own attention function, which knows it.
    cap = getattr(model.config, "attn_logit_softcapping", None)
    return model(torch.tensor([ids]), **({"softcap": cap} if cap else {})).logits[0]


def greedy(model, ids):
    """The continuation, and how far the winner stood above the second at the closest step."""
    margin = float("inf")
    ids = list(ids)
    for _ in range(NEW_TOKENS):
        first, second = torch.topk(logits_of(model, ids)[-1], 2).values.tolist()
        margin = min(margin, first - second)
        ids.append(int(logits_of(model, ids)[-1].argmax()))
    return ids[-NEW_TOKENS:], margin


def clear_continuation(model, ids, lengths):
    """Of the beginnings of these lengths, the first whose greedy continuation is never a close call."""
    for length in lengths:
        found, margin = greedy(model, ids[:length])
        if margin > 5e-3:
            return {"prompt": ids[:length], "ids": found}
    raise ValueError("every greedy continuation has a close call")


def documents_for(vocab, name):
    generator = torch.Generator().manual_seed(zlib.crc32(name.encode()) + 1)
    return [torch.randint(3, vocab, (length,), generator=generator).tolist() for length in LENGTHS]


def make(name, settings):
    settings = dict(settings)
    config = AutoConfig.for_model(settings.pop("model_type"), **settings)
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager").float().eval()
    randomise(model, name)
    documents = documents_for(config.vocab_size, name)
    logits = [logits_of(model, ids) for ids in documents]
    targets = sum(len(ids) - 1 for ids in documents)
    loss = sum(torch.nn.functional.cross_entropy(l[:-1], torch.tensor(ids[1:]), reduction="sum") for l, ids in zip(logits, documents)) / targets
    loss.backward()
    with torch.no_grad():
        continued = [clear_continuation(model, documents[0], range(8, 19)), clear_continuation(model, documents[1], range(2, 11))]
    folder = OUT / name
    folder.mkdir(parents=True, exist_ok=True)
    text = json.loads(config.to_json_string())
    text["torch_dtype"] = "bfloat16"
    (folder / "config.json").write_text(json.dumps(text, indent=1) + "\n")
    parameters = dict(model.named_parameters())
    save_file({key: value.data.to(torch.bfloat16).contiguous() for key, value in parameters.items()}, folder / "model.safetensors", {"format": "pt"})
    expected = {f"gradient {key}": value.grad.contiguous() for key, value in parameters.items()}
    expected["logits"] = torch.cat(logits).detach().contiguous()
    save_file(expected, folder / "expected.safetensors")
    record = {
        "madeBy": f"transformers {transformers.__version__}, torch {torch.__version__.split('+')[0]}, f32, eager attention",
        "documents": documents, "loss": loss.item(), "greedy": continued,
    }
    (folder / "expected.json").write_text(json.dumps(record) + "\n")
    print(name, f"loss {loss.item():.4f}", sum(p.numel() for p in parameters.values()))


def make_shared(folder):
    settings = json.loads((folder / "config.json").read_text())
    config = AutoConfig.for_model(settings.pop("model_type"), **settings)
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager").float().eval()
    missing, unexpected = model.load_state_dict({key: value.float() for key, value in load_file(folder / "model.safetensors").items()}, strict=False)
    assert not unexpected and all(key == "lm_head.weight" for key in missing), (missing, unexpected)
    model.tie_weights()
    documents = documents_for(config.vocab_size, folder.name)
    with torch.no_grad():
        logits = torch.cat([logits_of(model, ids) for ids in documents])
    save_file({"logits": logits.contiguous(), "ids": torch.tensor(sum(documents, []), dtype=torch.float32)}, OUT / f"{folder.name}.safetensors")
    print(folder.name, "logits", tuple(logits.shape))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=pathlib.Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    for name, settings in FAMILIES.items():
        make(name, settings)
    if options.shared:
        for folder in sorted(path for path in options.shared.iterdir() if (path / "model.safetensors").exists()):
            make_shared(folder)
