"""What a double click begins only once."""

import pytest

from core.messages import ThawError
from pages.widgets import once


def test_a_token_begins_once_and_may_be_tried_again_after_a_failure():
    begun = []

    def start() -> str:
        begun.append(len(begun))
        if len(begun) == 1:
            raise ThawError("sweep.nothing_to_stop")
        return f"id {len(begun)}"

    with pytest.raises(ThawError):
        once.begin("test a 0", start)
    assert once.begin("test a 0", start) == "id 2"
    assert once.begin("test a 0", start) == "id 2"
    assert once.begin("test a 1", start) == "id 3"
    assert begun == [0, 1, 2]
