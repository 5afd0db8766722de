"""torchsummary's own text, made in a process of its own.

torchsummary allocates all weights (up to gigabytes), computes a forward pass, prints instead of
returning, and leaves its hooks behind where it fails: all of that ends with the process.
"""

import contextlib
import io
import json
import subprocess
import sys
from pathlib import Path

from core import portable
from core.messages import ThawError
from core.models import catalogue

_PROJECT = Path(__file__).parents[2]
_SECONDS = 180

# Why it fails or is wrong; families where it is right are not named.
FAILS = {
    "densenet": "it asks for the size of a module's input, and densenet's layers take a list",
    "vit": "it asks for the size of a module's output, and attention returns a pair",
}
WRONG = {
    "convnext": "it adds only `weight` and `bias` of modules and misses the layer scale",
    "maxvit": "it adds only `weight` and `bias` of modules and misses the position tables",
    "swin": "it misses weights that are handed to a function, and the position tables",
}


def torchsummary_text(name: str, weights: str, input_size: tuple[int, int, int]) -> str:
    """What `torchsummary.summary(model, input_size)` prints, for random weights.

    Raises:
        ThawError: If torchsummary fails on the model, with the reason; if the memory would
            not be enough; or if the model can't take such an input.
    """
    entry = catalogue.find_model(name)
    catalogue.find_weights(name, weights)
    need = entry.params * 4 * 3  # the weights, their copy while they are made, activations
    if need > portable.available_memory():
        raise ThawError("models.torchsummary_memory", model=name, need=f"{need / 1e9:.1f} GB")
    asked = json.dumps([name, weights, list(input_size)])
    try:
        child = subprocess.run(
            [sys.executable, "-m", "core.models.torchsummary_engine", asked],
            cwd=_PROJECT, capture_output=True, text=True, timeout=_SECONDS, check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        raise ThawError("models.torchsummary_slow", model=name, seconds=_SECONDS) from None
    if child.returncode == 0:
        return child.stdout.strip("\n")
    last = (child.stderr.strip().splitlines() or ["it was ended"])[-1]
    raise ThawError("models.torchsummary_failed", model=name,
                    why=FAILS.get(entry.family, "see its message"), message=last[:200])


def _print(name: str, weights: str, input_size: list[int]) -> None:
    import torchsummary

    from core.models.build import build_architecture

    model = build_architecture(name, catalogue.find_weights(name, weights))
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        torchsummary.summary(model, tuple(input_size), device="cpu")
    print(printed.getvalue())


if __name__ == "__main__":
    _print(*json.loads(sys.argv[1]))
