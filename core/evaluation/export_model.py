"""The model of a checkpoint as safetensors or ONNX, given out only if its outputs are the same."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor

from core import places
from core.data import loader
from core.evaluation import exported
from core.evaluation.exported import FORMATS, Exported
from core.evaluation.held_out import held_out_images
from core.evaluation.model_of import LoadedModel, load_run_model
from core.messages import ThawError
from core.models.load_state import fit_state
from core.runs.folder import Run
from core.training.objective import logits_of

_IMAGES = 32  # compared, of the validation split
_TOLERANCE = 1e-4  # of the largest output: other kernels add up in another order
_SIZE_FACTOR = 1.2  # of the weights' bytes, for the names and the graph

Outputs = Callable[[Tensor], Tensor]  # float32 [B, 3, S, S] -> [B, outputs]


@torch.no_grad()
def export_model(run: Run, format: str, target: Path, which: str | int = "best") -> Exported:
    """Writes the model of a checkpoint, reads the file back and compares its outputs.

    Args:
        format: Of `FORMATS`.

    Raises:
        ThawError: If a package or the checkpoint is missing, the file can't be written, or its
            outputs are not those of the model; there is no file then.
    """
    if format not in FORMATS:
        raise ThawError("weights.unknown_format", given=format, known=", ".join(FORMATS))
    if problem := exported.missing(format):
        raise ThawError(problem.id, **problem.values)
    loaded = load_run_model(run, which)
    images = _validation_images(loaded)
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        places.require_space(target.parent, _bytes(loaded))
        write, read = _WAYS[format]
        write(loaded, images[:2], part)
        outputs, checked_by = read(loaded, part)
        difference = _compared(loaded, outputs, images, FORMATS[format].title)
        os.replace(part, target)
    except OSError as error:
        raise ThawError(
            "places.unwritable", path=str(target.parent), why=error.strerror or str(error)
        ) from None
    finally:
        part.unlink(missing_ok=True)
    return Exported(
        run.id, str(which), format, str(target), target.stat().st_size, loaded.epoch,
        len(images), difference, checked_by,
    )


def metadata_of(loaded: LoadedModel) -> dict[str, str]:
    """What a reader needs beside the weights; lists and the recipe as JSON."""
    mean, std = _mean_and_std(loaded.transforms.normalize)
    return {
        "format": "pt",  # as other programs that read safetensors ask for it
        "model": loaded.recipe.model.name,
        "classes": json.dumps(loaded.classes, ensure_ascii=False),
        "input_size": str(loaded.transforms.size),
        "mean": json.dumps(mean),
        "std": json.dumps(std),
        "epoch": str(loaded.epoch),
        "thaw_recipe": loaded.recipe.to_json(),
    }


def _validation_images(loaded: LoadedModel) -> Tensor:
    """[N, 3, S, S], float32: the first of the validation split."""
    data, indices = held_out_images(loaded, "val")
    some = loader.PreparedImages(data, indices[:_IMAGES], loaded.transforms)
    batches = loader.evaluation_loader(some, loaded.transforms, batch_size=_IMAGES)
    return torch.cat([images for images, _ in batches])


def _compared(loaded: LoadedModel, outputs: Outputs, images: Tensor, title: str) -> float:
    """The largest difference; one image alone, then the others, so that the batch may vary."""
    parts = [part for part in (images[:1], images[1:]) if len(part)]
    # In the same batches: kernels depend on their size.
    wanted = torch.cat([logits_of(loaded.model(part)) for part in parts])
    found = torch.cat([outputs(part) for part in parts])
    difference = float((found - wanted).abs().max())
    if not difference <= _TOLERANCE * max(1.0, float(wanted.abs().max())):
        raise ThawError("weights.export_differs", format=title, difference=f"{difference:.2g}")
    return difference


def _mean_and_std(normalize: Callable[[Tensor], Tensor]) -> tuple[list[float], list[float]]:
    """Of each channel, in [0, 1]: what the normalisation makes of black and of white says it."""
    black = torch.zeros(3, 1, 1, dtype=torch.uint8)
    dark, light = (normalize(pixels).flatten().double() for pixels in (black, black + 255))
    std = 1 / (light - dark)
    return [[round(value, 5) for value in found.tolist()] for found in (-dark * std, std)]


def _bytes(loaded: LoadedModel) -> int:
    state = loaded.model.state_dict().values()
    return int(_SIZE_FACTOR * sum(tensor.numel() * tensor.element_size() for tensor in state))


# --- safetensors -------------------------------------------------------------------------


def _write_safetensors(loaded: LoadedModel, _images: Tensor, path: Path) -> None:
    from safetensors.torch import save_file

    state = {name: tensor.contiguous() for name, tensor in loaded.model.state_dict().items()}
    save_file(state, path, metadata=metadata_of(loaded))


def _read_safetensors(loaded: LoadedModel, path: Path) -> tuple[Outputs, str]:
    import copy

    from safetensors.torch import load_file

    model = copy.deepcopy(loaded.model)
    for parameter in model.parameters():  # whatever is not in the file would show
        parameter.zero_()
    fit_state(model, load_file(path), loaded.recipe.model.name)
    return lambda images: logits_of(model(images)), "PyTorch"


# --- ONNX --------------------------------------------------------------------------------


def _write_onnx(loaded: LoadedModel, images: Tensor, path: Path) -> None:
    program = torch.onnx.export(
        loaded.model, (images,), input_names=["images"], output_names=["logits"], dynamo=True,
        dynamic_shapes=({0: torch.export.Dim("batch")},), verbose=False,
    )
    program.model.metadata_props.update(metadata_of(loaded))
    program.save(path)


def _read_onnx(_loaded: LoadedModel, path: Path) -> tuple[Outputs, str]:
    try:
        import onnxruntime
    except ImportError:
        from onnx.reference import ReferenceEvaluator

        session, checked_by = ReferenceEvaluator(str(path)), "onnx.reference"
    else:
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        checked_by = "onnxruntime"

    def outputs(images: Tensor) -> Tensor:
        return torch.from_numpy(session.run(["logits"], {"images": images.numpy()})[0])

    return outputs, checked_by


_Write = Callable[[LoadedModel, Tensor, Path], None]
_Read = Callable[[LoadedModel, Path], tuple[Outputs, str]]
_WAYS: Mapping[str, tuple[_Write, _Read]] = {
    "safetensors": (_write_safetensors, _read_safetensors),
    "onnx": (_write_onnx, _read_onnx),
}
