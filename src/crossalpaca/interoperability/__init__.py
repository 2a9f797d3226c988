"""What other evaluation programs are given, so that they ask the same questions in the same words."""
