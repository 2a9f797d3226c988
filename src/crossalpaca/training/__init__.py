"""Training: LoRA fine-tunes of a backbone on demonstrations, packed so that equal prefixes are computed once."""
