"""The loss of an adapter on demonstrations held out, in fp32, one at a time: mean nats of a learnt token."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from peft import PeftModel
from training_model import rows
from transformers import AutoModelForCausalLM


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    base = AutoModelForCausalLM.from_pretrained(job["model"], dtype=torch.float32)
    model = PeftModel.from_pretrained(base, job["adapter"]).to(job["device"])
    model.train(False)
    total, learnt = 0.0, 0
    with torch.inference_mode():
        for row in rows(job):
            ids = torch.tensor([row["input_ids"]], device=job["device"])
            labels = torch.tensor(row["labels"][1:], device=job["device"])
            logits = model(input_ids=ids).logits[0, :-1]
            total += float(torch.nn.functional.cross_entropy(logits, labels, reduction="sum"))
            learnt += int((labels >= 0).sum())
    (folder / "result.json").write_text(json.dumps({"loss": total / learnt}), encoding="utf-8")


if __name__ == "__main__":
    main()
