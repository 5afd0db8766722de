"""Where torchvision's data sets lie, and whether they do."""

import subprocess
import sys

from core.data import torchvision_sets

from .torchvision_files import TORCHVISION


def test_forms_are_those_of_the_table():
    assert {entry.torchvision for entry in TORCHVISION} == set(torchvision_sets.FORMS)
    assert len(TORCHVISION) == 6


def test_a_look_needs_no_torch():
    script = (
        "import sys; from core.data.describe import describe\n"
        f"assert not any(describe(n).ready for n in {[entry.name for entry in TORCHVISION]!r})\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
