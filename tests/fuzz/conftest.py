"""Puts the small corpora of other tests within reach: the fuzzers begin with the files that those tests read."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "sources"))
