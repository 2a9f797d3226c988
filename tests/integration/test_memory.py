"""Decoding within a real limit on the memory of its process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

# A model of little weight and a wide cache: 32 prompts of 400 tokens want 800 MiB of it at once.
SCRIPT = """
import json, resource, sys
import torch
from transformers import LlamaConfig, LlamaForCausalLM
from crossalpaca.decoding.local import LocalEngine
from crossalpaca.decoding.requests import Request

class Tokenizer:
    eos_token_id = 1
    def __call__(self, text, add_special_tokens=True):
        return {"input_ids": [int(word) for word in text.split()]}
    def decode(self, ids, skip_special_tokens=True):
        return " ".join(map(str, ids))

torch.manual_seed(0)
config = LlamaConfig(vocab_size=64, hidden_size=64, intermediate_size=64, num_hidden_layers=16, num_attention_heads=8,
                     num_key_value_heads=8, head_dim=64, max_position_embeddings=1024, bos_token_id=0, eos_token_id=1)
engine = LocalEngine(LlamaForCausalLM(config).eval(), Tokenizer())
texts = [" ".join(str(2 + (7 * n + i * i) % 60) for i in range(400)) for n in range(32)]
requests = [Request(str(n), text, (), 4) for n, text in enumerate(texts)]
engine.decode(requests[:1])  # what is loaded late is loaded now
if sys.argv[1] == "limited":
    used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 400 * 2**20,) * 2)
    engine.budget.columns = 10**9  # as if the system promised more than it gives
answers = [answer.completion for answer in engine.decode(requests)]
print(json.dumps({"answers": answers, "columns": engine.budget.columns}))
"""


def answers(mode: str) -> tuple[list[str], int]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, mode], capture_output=True, encoding="utf-8", timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    return found["answers"], found["columns"]


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the limit is set from what Linux says is in use")
def test_a_limit_on_the_memory_makes_batches_smaller_and_changes_no_answer() -> None:
    free, _ = answers("free")
    limited, columns = answers("limited")
    assert limited == free
    assert len(set(free)) > 1
    assert columns < 10**9
