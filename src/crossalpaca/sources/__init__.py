"""Sources: readers of files that others made: bitext and instruction sets."""
