import math
from contextlib import nullcontext
from itertools import product

import pytest
import torch
import torchvision
from torch import Tensor, nn
from torch.nn import functional

from core.models import max_pooling
from core.models.max_pooling import QuickMaxPooling, QuickPools, quick_max_pooling, quick_pools
from core.training.loop import Training, fit
from core.training.optimisation import build_optimizer, stage_groups
from core.training.progress import Progress
from core.training.step import train_step
from core.training.unfreezing import Unfreezing
from tests.core.training.test_loop import Blobs, Watcher, small


@pytest.fixture(autouse=True)
def small_maps_too(monkeypatch):
    monkeypatch.setattr(max_pooling, "_FEWEST_NUMBERS", 0)


@pytest.fixture
def turns(monkeypatch):
    """The shapes of all maps that were turned."""
    seen, turned = [], max_pooling._turned

    def watched(maps):
        seen.append(maps.shape)
        return turned(maps)

    monkeypatch.setattr(max_pooling, "_turned", watched)
    return seen


def same_bits(one: Tensor, other: Tensor) -> bool:
    """Of every number and both zeros; a NaN is a NaN, whatever its bits."""
    bits = [
        torch.where(values.isnan(), 0, values).contiguous().view(torch.uint8)
        for values in (one, other)
    ]
    return (
        one.stride() == other.stride() and torch.equal(one.isnan(), other.isnan())
        and torch.equal(*bits)
    )


def maps_with_everything(channels: int, dtype: torch.dtype) -> Tensor:
    """Equal values, both zeros, both infinities and NaN among the numbers."""
    drawn = torch.Generator().manual_seed(0)
    maps = torch.randn(2, channels, 13, 16, generator=drawn).mul(2).round().to(dtype)
    place = torch.rand(maps.shape, generator=drawn)
    for value, least in ((float("nan"), 0.97), (float("inf"), 0.94), (-float("inf"), 0.85),
                         (-0.0, 0.75), (0.0, 0.65)):
        maps[(place > least) & (place < least + 0.03)] = value
    return maps


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
@pytest.mark.parametrize("channels", [1, 8, 37])
def test_the_same_to_the_last_bit(channels, dtype):
    maps = maps_with_everything(channels, dtype)
    for kernel, stride, padding, dilation, ceil in product(
        (2, 3, (3, 2)), (1, 2), (0, 1), (1, 2), (False, True)
    ):
        pool = nn.MaxPool2d(kernel, stride, padding, dilation, ceil_mode=ceil)
        with torch.no_grad(), QuickMaxPooling():
            quick = pool(maps)
        assert same_bits(quick, pool(maps)), pool


def test_the_kernel_sees_channels_last(monkeypatch):
    seen = []
    plain = torch.max_pool2d

    def watched(maps, *rest):
        seen.append(maps.is_contiguous(memory_format=torch.channels_last))
        return plain(maps, *rest)

    monkeypatch.setattr(torch, "max_pool2d", watched)
    maps = torch.randn(2, 8, 6, 6)
    with torch.no_grad(), QuickMaxPooling():
        functional.max_pool2d(maps, 2)
    functional.max_pool2d(maps, 2)
    assert seen == [True, False]


def test_what_needs_gradients_or_indices_is_as_ever():
    maps = torch.randn(2, 8, 6, 6)
    trained = maps.clone().requires_grad_()
    with QuickMaxPooling():
        values, places = functional.max_pool2d(maps, 2, return_indices=True)
        functional.max_pool2d(trained, 2).sum().backward()
    expected_values, expected = functional.max_pool2d(maps, 2, return_indices=True)
    assert torch.equal(values, expected_values) and torch.equal(places, expected)
    assert trained.grad.count_nonzero() == expected.numel()


@pytest.mark.parametrize("rows", [3, 6])
def test_attention_keeps_its_fast_path(rows):
    """A mode of any kind would take it away, and with it the last bits of some batch sizes."""
    model = nn.MultiheadAttention(32, 2, batch_first=True).eval()
    tokens = torch.randn(rows, 50, 32)
    calls = []
    fast = torch._native_multi_head_attention
    with pytest.MonkeyPatch.context() as patch, torch.no_grad(), quick_max_pooling(model):
        patch.setattr(torch, "_native_multi_head_attention",
                      lambda *given: calls.append(given) or fast(*given))
        quick = model(tokens, tokens, tokens)[0]
    assert calls
    with torch.no_grad():
        assert torch.equal(quick, model(tokens, tokens, tokens)[0])


def test_only_a_model_that_pools_on_a_cpu_pays_for_it():
    pooling = nn.Sequential(nn.Conv2d(3, 8, 3), nn.MaxPool2d(2))
    assert isinstance(quick_max_pooling(pooling), QuickMaxPooling)
    assert not isinstance(quick_max_pooling(pooling[0]), QuickMaxPooling)
    assert not isinstance(quick_max_pooling(pooling.to("meta")), QuickMaxPooling)


def test_small_maps_and_single_pixels_are_left_alone(turns, monkeypatch):
    with torch.no_grad(), QuickMaxPooling():
        functional.max_pool2d(torch.randn(2, 8, 1, 1), 1)
        monkeypatch.setattr(max_pooling, "_FEWEST_NUMBERS", 513)
        functional.max_pool2d(torch.randn(1, 8, 8, 8), 2)
        assert not turns
        functional.max_pool2d(torch.randn(1, 9, 8, 8), 2)
    assert turns == [(1, 9, 8, 8)]


def test_a_map_of_one_pixel_has_the_usual_strides(turns):
    """PyTorch asks the strides of such a map how to go on."""
    pool, maps = nn.MaxPool2d(4), torch.randn(2, 8, 4, 4)
    with torch.no_grad(), QuickMaxPooling():
        assert same_bits(pool(maps), functional.max_pool2d(maps, 4))
    assert turns


def passed(pool: nn.MaxPool2d, maps: Tensor, *, quick: bool) -> tuple[Tensor, Tensor]:
    """The values, and the gradient of the maps for a gradient that has everything, too."""
    maps = maps.clone().requires_grad_()
    with QuickPools([pool]) if quick else nullcontext():
        pooled = pool(maps)
    gradient = torch.randn(pooled.shape, generator=torch.Generator().manual_seed(1)).to(maps.dtype)
    gradient[0, 0, 0, 0], gradient[0, 1, 0, 0] = float("nan"), float("inf")
    pooled.backward(gradient)
    return pooled.detach(), maps.grad


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("channels", [8, 37])
def test_gradients_are_the_same_to_the_last_bit(channels, dtype, turns):
    maps = maps_with_everything(channels, dtype)
    maps[0, 2], maps[0, 3] = -float("inf"), float("nan")
    for kernel, stride, padding, dilation, ceil in product(
        (2, 3, (3, 2)), (1, 2), (0, 1), (1, 2), (False, True)
    ):
        pool = nn.MaxPool2d(kernel, stride, padding, dilation, ceil_mode=ceil)
        quick, plain = passed(pool, maps, quick=True), passed(pool, maps, quick=False)
        assert all(map(same_bits, quick, plain)), pool
    assert turns


def test_gradients_of_gradients(turns):
    pool, maps = nn.MaxPool2d(3, 2, 1), torch.randn(1, 8, 3, 3, dtype=torch.double)
    with QuickPools([pool]):
        assert torch.autograd.gradcheck(pool, maps.requires_grad_())
        assert torch.autograd.gradgradcheck(pool, maps)
    assert turns


def test_the_forward_is_the_modules_own_again_even_after_an_error():
    pool = nn.MaxPool2d(9)
    kept = dict(vars(pool))
    with pytest.raises(RuntimeError), QuickPools([pool]):
        assert "forward" in vars(pool)
        pool(torch.randn(2, 8, 4, 4))
    assert vars(pool) == kept


def test_hooks_transforms_and_frozen_maps_go_on_as_before(turns):
    pool, maps = nn.MaxPool2d(2), torch.randn(2, 8, 6, 6)
    seen = []
    pool.register_forward_hook(lambda module, given, pooled: seen.append(pooled.shape))
    pool.register_full_backward_hook(lambda module, got, given: seen.append(given[0].shape))
    with QuickPools([pool]):
        pool(maps.clone().requires_grad_()).sum().backward()
        frozen = pool(maps)
        plain = len(turns)
        each = torch.func.vmap(pool)(maps[None])
    assert seen[:2] == [(2, 8, 3, 3), (2, 8, 3, 3)]
    assert not frozen.requires_grad and same_bits(frozen, functional.max_pool2d(maps, 2))
    assert torch.equal(each[0], frozen) and plain == len(turns) == 2


def test_only_pools_of_pytorch_that_give_values_on_a_cpu_are_quick():
    class Own(nn.MaxPool2d):
        def forward(self, maps):
            return super().forward(maps) + 1

    convolution = nn.Conv2d(3, 8, 3)
    assert isinstance(quick_pools(nn.Sequential(convolution, nn.MaxPool2d(2))), QuickPools)
    for other in (Own(2), nn.MaxPool2d(2, return_indices=True), nn.MaxPool1d(2)):
        assert not isinstance(quick_pools(nn.Sequential(convolution, other)), QuickPools)
    on_meta = nn.Sequential(convolution, nn.MaxPool2d(2)).to("meta")
    assert not isinstance(quick_pools(on_meta), QuickPools)


class Pictures(Blobs):
    """The blobs' order with pictures that a pool finds something in."""

    def __init__(self) -> None:
        super().__init__(samples=8, batch=4)
        self.images = torch.randn(8, 3, 32, 32, generator=torch.Generator().manual_seed(0))
        self.images += self.targets[:, None, None, None]

    def validation(self):
        yield self.images, self.targets


def training_of(name: str, *, half_frozen: bool, **fields) -> Training:
    torch.manual_seed(0)
    unused = {"init_weights": False} if name == "googlenet" else {}
    model = torchvision.models.get_model(name, num_classes=2, **unused)
    for stage in list(model.children())[:6] if half_frozen else ():
        stage.requires_grad_(False)
    rates = {stage: 0.01 for stage, module in model.named_children()
             if any(one.requires_grad for one in module.parameters())}
    recipe = small(**{"train.epochs": 1, "optimizer.lr": 0.01, **fields})
    return Training(
        recipe, model, build_optimizer(stage_groups(model, rates), recipe.optimizer),
        torch.amp.GradScaler("cpu", enabled=False), torch.device("cpu"), Pictures(), Progress(),
        Unfreezing(model, {}, {}, rates),
    )


@pytest.mark.parametrize("name, half_frozen, fields", [
    ("resnet18", True, {"train.accumulate": 2}),
    ("squeezenet1_1", False, {"train.precision": "bfloat16"}),
    ("googlenet", False, {}),
    ("shufflenet_v2_x0_5", False, {"train.memory_format": "channels_last"}),
])
def test_a_whole_run_trains_the_same_weights(name, half_frozen, fields, turns, monkeypatch):
    """To the last bit, and its records too."""
    heard, trained = [], []
    for fewest in (0, math.inf):
        monkeypatch.setattr(max_pooling, "_FEWEST_NUMBERS", fewest)
        turns.clear()
        training, watcher = training_of(name, half_frozen=half_frozen, **fields), Watcher()
        fit(training, watcher)
        heard.append((watcher.steps, watcher.epochs))
        trained.append(training.model.state_dict())
        turned_last = fields.get("train.memory_format") == "channels_last"
        assert bool(turns) == (fewest == 0 and not turned_last)
    assert heard[0] == heard[1]
    for key, values in trained[0].items():
        assert torch.equal(values, trained[1][key]), key


def test_a_step_that_is_compiled_is_left_alone(turns):
    training = training_of("squeezenet1_1", half_frozen=False)
    training.compiled = training.outputs
    training.model.train()
    train_step(training, *next(iter(training.data.train(1, 0))))
    assert not turns
