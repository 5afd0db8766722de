"""One process that waits for jobs serves all tests here: it takes seconds to import torch."""

from collections.abc import Iterator

import pytest

from core.data.child import Children


@pytest.fixture(scope="package")
def children() -> Iterator[Children]:
    """Runs jobs; each test leaves none behind."""
    found = Children()
    found.start()
    yield found
    found.close()
