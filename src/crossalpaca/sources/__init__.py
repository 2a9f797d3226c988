"""Sources: readers of files that others made (bitext, instruction sets), the hub, and a catalogue of known corpora."""
