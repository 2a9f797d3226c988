"""Demonstrations: instruction-following ones as they come, translation-following ones made from bitext."""
