"""The loss of a script, with its weights of classes."""

from core.recipe import Recipe
from core.script.model import ModelPart

_ONE_LOGIT = """\
    wanted = labels.float(){smoothed}
    return functional.binary_cross_entropy_with_logits(logits.float()[:, 0], wanted)"""

_WEIGHTED_LOGIT = """\
    logit, second = logits.float()[:, 0], {second}
    terms = weight[1] * second * functional.logsigmoid(logit)
    terms = terms + weight[0] * (1 - second) * functional.logsigmoid(-logit)
    return -terms.sum() / {mass}"""

_WEIGHT = """\
counts = torch.bincount(torch.as_tensor(targets[train]), minlength=len(classes))
weight = len(train) / ((counts > 0).sum() * counts.clamp(min=1))  # rare classes count more
weight = torch.where(counts > 0, weight, 0.0).float().to(device)


"""


def loss_text(recipe: Recipe, model: ModelPart) -> str:
    """`loss_of_logits`, and `loss_of` where the model answers beside its main head."""
    spec = recipe.train
    text = _WEIGHT if spec.class_weights != "none" else ""
    if recipe.head.outputs == "one_logit":
        lines = _one_logit(recipe)
    else:
        given = ", weight" if spec.class_weights != "none" else ""
        if spec.label_smoothing:
            given += f", label_smoothing={spec.label_smoothing!r}"
        lines = f"    return functional.cross_entropy(logits.float(), labels{given})"
    text += f"def loss_of_logits(logits, labels):\n{lines}"
    if not model.answers_beside:
        return text
    share = 0.4 if recipe.model.name.startswith("inception") else 0.3
    return text + f'''


def loss_of(outputs, labels):
    """With the share of the auxiliary heads, which answer beside the main one in training."""
    if isinstance(outputs, torch.Tensor):
        return loss_of_logits(outputs, labels)
    loss = loss_of_logits(outputs[0], labels)
    for auxiliary in outputs[1:]:
        if auxiliary is not None:
            loss = loss + {share} * loss_of_logits(auxiliary, labels)
    return loss'''


def _one_logit(recipe: Recipe) -> str:
    spec = recipe.train
    smoothed = (
        f" * (1 - {spec.label_smoothing!r}) + {spec.label_smoothing!r} / 2"
        if spec.label_smoothing else ""
    )
    soft = spec.mix != "none"
    hard = "labels[:, 1]" if soft else "labels.float()"
    if spec.class_weights == "none":
        return _ONE_LOGIT.format(smoothed=smoothed).replace("labels.float()", hard)
    mass = "len(labels)" if soft else "weight[labels].sum()"
    return _WEIGHTED_LOGIT.format(second=f"{hard}{smoothed}", mass=mass)
