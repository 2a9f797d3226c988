"""Decoding: greedy completions and likelihoods from a backbone, with or without an adapter."""
