"""What all tests share: the folder of real data, and how hypothesis looks for counterexamples."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# The same examples in every run, and no deadline: a slow machine is no failure.
settings.register_profile("stated", deadline=None, derandomize=True)
# For a search by hand: pytest --hypothesis-profile=explore
settings.register_profile("explore", deadline=None, max_examples=2000)
settings.load_profile("stated")


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real data beside the checkout, which is read in place and never copied."""
    folder = Path(__file__).parents[1] / "../shared/data"
    if not folder.is_dir():
        pytest.skip(f"no real data: {folder} is not there")
    return folder.resolve()
