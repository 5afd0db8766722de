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

# Why it fails or is wrong, by family or task; where it is right nothing is named.
FAILS = {
    "densenet": "it asks for the size of a module's input, and densenet's layers take a list",
    "detection": "it runs a model in training mode, and there a detector asks for its targets",
    "mvit": "it asks for the size of a module's output, and mvit's blocks return a pair",
    "segmentation": "it asks for the size of a module's output, and the backbone's is a "
    "dictionary",
    "vit": "it asks for the size of a module's output, and attention returns a pair",
}
WRONG = {
    "convnext": "it adds only `weight` and `bias` of modules and misses the layer scale",
    "maxvit": "it adds only `weight` and `bias` of modules and misses the position tables",
    "raft": "it adds the parameters of a module once for each time that it is called",
    "swin": "it misses weights that are handed to a function, and the position tables",
}


def torchsummary_text(name: str, weights: str, input_size: tuple[int, ...]) -> str:
    """What `torchsummary.summary(model, input_size)` prints, for random weights.

    Raises:
        ThawError: If torchsummary fails on the model, with the reason; if the memory would
            not be enough; or if the model can't take such an input.
    """
    entry = catalogue.find_any_model(name)
    entry.find_weights(weights)
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
                    why=FAILS.get(entry.family) or FAILS.get(entry.task, "see its message"),
                    message=last[:200])


def _print(name: str, weights: str, input_size: list[int]) -> None:
    import torchsummary

    from core.models.build import build_architecture

    entry = catalogue.find_any_model(name)
    model = build_architecture(name, entry.find_weights(weights))
    size: tuple | list[tuple] = tuple(input_size)
    if entry.task == "optical_flow":
        size = [size, size]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        torchsummary.summary(model, size, device="cpu")
    print(printed.getvalue())


if __name__ == "__main__":
    _print(*json.loads(sys.argv[1]))
