"""Writes docs/registry.md: Thaw's summary of every weights entry beside torchvision's figures.

    python docs/make_registry_table.py

tests/core/models/test_registry.py checks the same figures over the registry.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from torchvision import models  # noqa: E402

from core.models.data_dependent import Found  # noqa: E402
from core.models.documented import FOUND_IN_NOISE  # noqa: E402
from core.models.summary import summarize  # noqa: E402

FILE = Path(__file__).with_name("registry.md")
_HEAD = """# Every model of torchvision, summarised

Written by `python docs/make_registry_table.py`. Parameters and multiply-adds (GMACs; torchvision
calls them GFLOPS) by Thaw, beside the `num_params` and `_ops` that torchvision documents for each
weights entry: equal to the last digit and to three decimals. Two things need a word:

- **The auxiliary head** of quantized_inception_v3: the documented figure counts it, and the
  builder drops it.
- **Detectors** compute as much as they find. Thaw assumes one object among as many proposals as
  the detector looks at; torchvision counted on a picture of noise. Where that found something
  else, the column "found" says what gives its figure.

| model | weights | parameters | documented | GMACs | documented | found |
| --- | --- | ---: | ---: | ---: | ---: | --- |
"""


def rows() -> list[str]:
    """A line a weights entry, in the order of the registry."""
    lines = []
    for name in models.list_models():
        for entry in models.get_model_weights(name):
            found = FOUND_IN_NOISE.get((name, entry.name))
            ours = summarize(name, entry.name, found=found).totals
            lines.append(
                f"| {name} | {entry.name} | {ours.params:,} | {entry.meta['num_params']:,} "
                f"| {ours.macs / 1e9:.3f} | {entry.meta['_ops']:.3f} | {_words(found)} |\n"
            )
    return lines


def _words(found: Found | None) -> str:
    if found is None:
        return ""
    proposals = "all" if found.proposals is None else found.proposals
    return f"{proposals} proposals, {found.detections} objects"


if __name__ == "__main__":
    FILE.write_text(_HEAD + "".join(rows()), encoding="utf-8")
