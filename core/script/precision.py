"""In which precision a script computes: on each device as a run in Thaw does."""

from core.recipe import Recipe

# As core.training.devices.precision_on chooses it.
_CHOSEN = """\
precision = torch.float32
if device.type == "cuda":  # an older GPU (a T4, say) only imitates bfloat16, and is slow then
    has_bfloat16 = torch.cuda.is_bf16_supported(including_emulation=False)
    precision = torch.bfloat16 if has_bfloat16 else torch.float16"""
_TF32 = 'torch.backends.cuda.matmul.fp32_precision = "tf32"  # quick products on a GPU'


def precision_lines(recipe: Recipe) -> list[str]:
    """The lines below the device that choose the precision, where there is something to choose."""
    if _depends_on_gpu(recipe):
        return _CHOSEN.splitlines()
    may_be_gpu = recipe.train.device in ("auto", "cuda")
    return [_TF32] if may_be_gpu and recipe.train.precision == "float32" else []


def autocast_of(recipe: Recipe) -> str:
    """What the forward pass runs in; "" in float32 everywhere."""
    if _depends_on_gpu(recipe):
        return "torch.autocast(device.type, dtype=precision, enabled=precision != torch.float32)"
    if recipe.train.precision in ("auto", "float32"):
        return ""
    return f"torch.autocast(device.type, dtype=torch.{recipe.train.precision})"


def scaler_line(recipe: Recipe) -> str:
    """The line that makes the scaler of the loss; "" where the gradients are never float16."""
    if _depends_on_gpu(recipe):
        return "scaler = torch.amp.GradScaler(device.type, enabled=precision == torch.float16)"
    return "scaler = torch.amp.GradScaler(device.type)" if scales(recipe) else ""


def scales(recipe: Recipe) -> bool:
    """Whether the loss goes through a scaler, which does nothing where it is not enabled."""
    return recipe.train.precision == "float16" or _depends_on_gpu(recipe)


def _depends_on_gpu(recipe: Recipe) -> bool:
    """Whether it is known only where the script runs."""
    return recipe.train.precision == "auto" and recipe.train.device in ("auto", "cuda")
