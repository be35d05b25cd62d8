"""Writes test/golden/lora.json: adapters on the golden Llama (test/golden/llama.json) trained by PEFT and PyTorch in float32.

Two cases: q_proj and v_proj only, and all linear layers rank-stabilised. Each keeps PEFT's own start for A, twenty losses, the
gradient of the first step and the adapter after the last. Run from the repository's root.
"""
import json
import torch
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM

golden = json.load(open("test/golden/llama.json"))
shape, optimiser, batch = golden["config"], golden["optimiser"], golden["batch"]
STEPS = 20


def base_model():
    config = LlamaConfig(
        vocab_size=shape["vocab"], hidden_size=shape["width"], num_hidden_layers=shape["layers"], num_attention_heads=shape["heads"],
        num_key_value_heads=shape["kvHeads"], head_dim=shape["headSize"], intermediate_size=shape["hidden"],
        rms_norm_eps=shape["normEps"], rope_theta=float(shape["ropeBase"]), max_position_embeddings=64, tie_word_embeddings=False,
        attn_implementation="eager")
    model = LlamaForCausalLM(config)
    state = {name: torch.tensor(p["data"], dtype=torch.float32).reshape(p["shape"]) for name, p in golden["params"].items()}
    model.load_state_dict(state)
    return model


def loss_of(model):
    """The weighted loss of the golden batch, one document at a time."""
    total = torch.zeros(())
    for segment in sorted(set(batch["segments"])):
        at = [t for t, s in enumerate(batch["segments"]) if s == segment]
        ids = torch.tensor([[batch["ids"][t] for t in at]])
        logits = model(input_ids=ids).logits[0]
        targets = torch.tensor([batch["targets"][t] for t in at])
        coefficients = torch.tensor([batch["coef"][t] for t in at])
        total = total + (coefficients * torch.nn.functional.cross_entropy(logits, targets, reduction="none")).sum()
    return total


def numbers(tensor):
    return [float(x) for x in tensor.detach().flatten()]


def case(rank, alpha, targets, rslora, seed):
    torch.manual_seed(seed)
    settings = LoraConfig(r=rank, lora_alpha=alpha, target_modules=targets, use_rslora=rslora, lora_dropout=0.0, task_type="CAUSAL_LM")
    model = get_peft_model(base_model(), settings)
    named = lambda: {n.replace("base_model.model.", "").replace(".default.", "."): p for n, p in model.named_parameters() if p.requires_grad}
    start = {n: numbers(p) for n, p in named().items()}
    adamw = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=optimiser["learningRate"],
                              betas=(optimiser["beta1"], optimiser["beta2"]), eps=optimiser["epsilon"], weight_decay=optimiser["weightDecay"])
    losses, norms, gradients = [], [], None
    for _ in range(STEPS):
        adamw.zero_grad()
        loss = loss_of(model)
        loss.backward()
        if gradients is None:
            gradients = {n: numbers(p.grad) for n, p in named().items()}
        norms.append(float(torch.nn.utils.clip_grad_norm_([p for p in model.parameters() if p.requires_grad], optimiser["clip"])))
        losses.append(loss.item())
        adamw.step()
    shapes = {n: list(p.shape) for n, p in named().items()}
    return {"rank": rank, "alpha": alpha, "targets": targets, "rankStabilised": rslora, "shapes": shapes, "start": start,
            "gradients": gradients, "losses": losses, "gradNorms": norms, "end": {n: numbers(p) for n, p in named().items()}}


if __name__ == "__main__":
    result = {"cases": [case(3, 6, ["q_proj", "v_proj"], False, 1), case(4, 8, "all-linear", True, 2)]}
    with open("test/golden/lora.json", "w") as file:
        json.dump(result, file, separators=(",", ":"))
        file.write("\n")
