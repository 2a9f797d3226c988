"""Translation of texts, instruction sets and benchmarks: text passes through an engine, structure never does."""
