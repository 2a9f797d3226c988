"""The forms of bitext, one module each: all answer with `PairBatch`es."""
