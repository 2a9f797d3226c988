"""Evaluation: predictions of a model on a benchmark, and the scores and comparisons made from them."""
