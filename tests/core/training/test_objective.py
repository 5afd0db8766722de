"""The loss, the classes and the probabilities, against PyTorch's own and by hand."""

import math

import pytest
import torch
from torch.nn import functional
from torchvision.models import GoogLeNetOutputs, InceptionOutputs

from core.training.objective import (
    loss_of,
    loss_of_logits,
    predicted,
    probabilities,
)

TARGETS = torch.tensor([0, 1, 1, 0])
LOGIT = torch.tensor([[0.0], [2.0], [-1.0], [-3.0]])


def test_one_logit_by_hand() -> None:
    # -log(1/2), log(1 + e^-2), log(1 + e), log(1 + e^-3)
    each = [math.log(2), math.log1p(math.exp(-2)), math.log1p(math.e), math.log1p(math.exp(-3))]
    loss = loss_of_logits(LOGIT, TARGETS)
    assert loss.item() == pytest.approx(sum(each) / 4, rel=1e-6)
    assert loss_of_logits(LOGIT, TARGETS, reduction="sum").item() == pytest.approx(
        sum(each), rel=1e-6
    )
    assert predicted(LOGIT).tolist() == [0, 1, 0, 0]
    assert probabilities(LOGIT)[1].tolist() == pytest.approx(
        [1 / (1 + math.exp(2)), 1 / (1 + math.exp(-2))], rel=1e-6
    )


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_one_logit_is_two_of_which_the_first_is_zero(smoothing: float) -> None:
    logit = torch.randn(50, 1, generator=torch.Generator().manual_seed(0)).requires_grad_()
    targets = torch.arange(50) % 2
    two = torch.cat([torch.zeros(50, 1), logit], 1)
    wanted = functional.cross_entropy(two, targets, label_smoothing=smoothing)
    loss = loss_of_logits(logit, targets, label_smoothing=smoothing)
    torch.testing.assert_close(loss, wanted)
    torch.testing.assert_close(*(torch.autograd.grad(one, logit, retain_graph=True)[0]
                                 for one in (loss, wanted)))
    torch.testing.assert_close(probabilities(logit), two.softmax(1))
    assert torch.equal(predicted(logit), two.argmax(1))


def test_without_smoothing_it_is_torch_s_own_to_the_bit() -> None:
    wanted = functional.binary_cross_entropy_with_logits(LOGIT[:, 0], TARGETS.float())
    assert torch.equal(loss_of_logits(LOGIT, TARGETS), wanted)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_one_output_a_class_is_cross_entropy_to_the_bit(smoothing: float) -> None:
    logits = torch.randn(4, 3, generator=torch.Generator().manual_seed(0))
    wanted = functional.cross_entropy(logits, TARGETS, label_smoothing=smoothing)
    assert torch.equal(loss_of_logits(logits, TARGETS, label_smoothing=smoothing), wanted)
    assert torch.equal(loss_of_logits(logits, TARGETS, reduction="sum"),
                       functional.cross_entropy(logits, TARGETS, reduction="sum"))
    assert torch.equal(predicted(logits), logits.argmax(1))
    assert torch.equal(probabilities(logits), logits.softmax(1))


class Elsewhere(torch.Tensor):
    """A tensor that says it lies on a GPU."""

    device = torch.device("cuda")


def test_what_does_not_wait_for_a_gpu_is_the_same_loss() -> None:
    drawn = torch.Generator().manual_seed(0)
    logits = torch.randn(9, 4, generator=drawn)
    targets, weight = torch.arange(9) % 3, torch.tensor([0.5, 2.0, 1.5, 0.0])
    with pytest.MonkeyPatch.context() as patch:
        asked = []
        real = functional.cross_entropy
        patch.setattr(functional, "cross_entropy", lambda *given, **how: (
            asked.append(how["reduction"]) or real(*given, **how)
        ))
        here, there = (
            loss_of(one, targets, 0.1, weight) for one in (logits, logits.as_subclass(Elsewhere))
        )
    assert asked[0] == "mean" and set(asked[1:]) == {"sum"}  # a subclass calls it twice
    torch.testing.assert_close(there.as_subclass(torch.Tensor), here)


def test_half_precision_is_computed_in_float32() -> None:
    assert loss_of_logits(LOGIT.bfloat16(), TARGETS).dtype is torch.float32
    large = torch.tensor([[300.0]], dtype=torch.float16)
    assert loss_of_logits(large, torch.tensor([0])).item() == 300


@pytest.mark.parametrize("width", [1, 2])
def test_auxiliary_heads_share_in_the_loss_with_one_logit_too(width: int) -> None:
    main, one, two = (torch.randn(4, width, generator=torch.Generator().manual_seed(seed))
                      for seed in range(3))
    loss = [loss_of_logits(logits, TARGETS, label_smoothing=0.1) for logits in (main, one, two)]
    google = loss_of(GoogLeNetOutputs(main, two, one), TARGETS, 0.1)
    assert torch.isclose(google, loss[0] + 0.3 * (loss[1] + loss[2]))
    assert torch.isclose(loss_of(InceptionOutputs(main, one), TARGETS, 0.1),
                         loss[0] + 0.4 * loss[1])
    assert torch.equal(loss_of(InceptionOutputs(main, None), TARGETS, 0.1), loss[0])
