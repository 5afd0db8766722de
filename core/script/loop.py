"""How a script trains: validation, epochs, checkpoints, early stopping, the held-out images."""

from core.recipe import Recipe
from core.script.precision import autocast_of
from core.script.section import Section
from core.script.update import judged_of, predicted_of

_EVALUATE = '''\
@torch.no_grad()
def evaluate(places):
    """Mean loss and accuracy over some images, without augmentation."""
    {judged}.eval()
    loss_sum, correct, seen = 0.0, 0, 0
    for inputs, labels in batches_of(places):
        inputs, labels = inputs.to(device), labels.to(device)
{forward}
        loss_sum += {loss}.item()
        correct += ({predicted} == labels).sum().item()
        seen += len(labels)
    return loss_sum / seen, correct / seen'''


def sections(recipe: Recipe) -> list[Section]:
    """Evaluation, and the program's main function with its call."""
    return [
        Section("train", "Validation", _evaluate(recipe)),
        Section("train", "All epochs", _main(recipe)),
    ]


def _evaluate(recipe: Recipe) -> str:
    judged = judged_of(recipe)
    context, forward = autocast_of(recipe), f"logits = {judged}(inputs)"
    indent = " " * 8
    lines = f"{indent}{forward}"
    if context:
        lines = f"{indent}with {context}:\n{indent}    {forward}"
    turned = ""
    if recipe.train.memory_format == "channels_last":
        turned = f"{indent}inputs = inputs.contiguous(memory_format=torch.channels_last)\n"
    loss = 'functional.cross_entropy(logits.float(), labels, reduction="sum")'
    if recipe.head.outputs == "one_logit":
        loss = (
            "functional.binary_cross_entropy_with_logits(\n"
            f"{indent}    logits.float()[:, 0], labels.float(), reduction=\"sum\"\n{indent})"
        )
    return _EVALUATE.format(
        forward=turned + lines, judged=judged, loss=loss, predicted=predicted_of(recipe, "logits")
    )


def _main(recipe: Recipe) -> str:
    stopping, plateau = recipe.early_stopping, recipe.schedule.name == "plateau"
    watched = "val_loss" if stopping.monitor == "val_loss" else "-val_accuracy"
    lines = [
        "def main():",
        '    folder = Path("checkpoints")',
        "    folder.mkdir(exist_ok=True)",
        *_loggers_begin(recipe),
        "    step, best = 0, math.inf",
    ]
    if stopping.enabled:
        lines.append("    anchor, waited = math.inf, 0  # of early stopping")
    if plateau:
        lines.append("    drops, still, least = 0, 0, math.inf  # of the validation loss")
    arguments = "epoch, step, drops" if plateau else "epoch, step"
    lines += [
        "    for epoch in range(1, EPOCHS + 1):",
        f"        loss, accuracy, step = train_one_epoch({arguments})",
        "        val_loss, val_accuracy = evaluate(val)",
        "        print(",
        '            f"Epoch {epoch:03d}: | Loss: {loss:.5f} | Acc: {accuracy:.3f} "',
        '            f"| Val loss: {val_loss:.5f} | Val acc: {val_accuracy:.3f}"',
        "        )",
        *_loggers_write(recipe),
        "        checkpoint = {",
        '            "epoch": epoch,',
        f'            "model_state_dict": {judged_of(recipe)}.state_dict(),',
        '            "optimizer_state_dict": optimizer.state_dict(),',
        '            "loss": loss, "accuracy": accuracy,',
        '            "val_loss": val_loss, "val_accuracy": val_accuracy,',
        "        }",
        '        name = f"checkpoint_model_{epoch:03d}_{val_loss:.4f}_{val_accuracy:.4f}.pt"',
        "        torch.save(checkpoint, folder / name)",
        f"        watched = {watched}",
        "        if watched < best:",
        "            best = watched",
        '            torch.save(checkpoint, folder / "best.pt")',
    ]
    if plateau:
        lines += _plateau(recipe)
    if stopping.enabled:
        lines += _early_stopping(recipe)
    lines += [
        *_loggers_end(recipe),
        '    checkpoint = torch.load(folder / "best.pt", weights_only=True)',
        f'    {judged_of(recipe)}.load_state_dict(checkpoint["model_state_dict"])',
        "    test_loss, test_accuracy = evaluate(test)",
        '    print(f"Held out: loss {test_loss:.5f}, accuracy {test_accuracy:.4f}")',
        "", "",
        'if __name__ == "__main__":  # a worker of the loader imports this file too',
        "    main()",
    ]
    return "\n".join(lines)


def _plateau(recipe: Recipe) -> list[str]:
    """As ReduceLROnPlateau counts."""
    return [
        "        if val_loss < least * (1 - 1e-4):",
        "            least, still = val_loss, 0",
        "        else:",
        "            still += 1",
        f"        if still > {recipe.schedule.plateau_epochs}:",
        "            drops, still = drops + 1, 0",
    ]


def _early_stopping(recipe: Recipe) -> list[str]:
    spec = recipe.early_stopping
    less = f" - {spec.min_delta!r}" if spec.min_delta else ""
    return [
        f"        if watched < anchor{less}:",
        "            anchor, waited = watched, 0",
        "        else:",
        "            waited += 1",
        f"        if waited >= {spec.patience}:",
        "            break",
    ]


# --- logging, as the lecture does it -------------------------------------------------------


def _loggers_begin(recipe: Recipe) -> list[str]:
    spec, lines = recipe.loggers, []
    if spec.tensorboard:
        lines.append('    writer = SummaryWriter("runs/script")  # tensorboard --logdir runs')
    if spec.wandb:
        given = f'project="{spec.wandb_project}"'
        if spec.wandb_entity:
            given += f', entity="{spec.wandb_entity}"'
        if spec.wandb_mode != "auto":
            given += f', mode="{spec.wandb_mode}"'
        settings = '{"epochs": EPOCHS, "batch_size": BATCH_SIZE, "seed": SEED}'
        lines += ["    wandb.init(", f"        {given},", f"        config={settings},", "    )"]
    return lines


def _loggers_write(recipe: Recipe) -> list[str]:
    names = {
        "Loss/train": "loss", "Loss/test": "val_loss",
        "Accuracy/train": "accuracy", "Accuracy/test": "val_accuracy",
    }
    lines = []
    if recipe.loggers.tensorboard:
        lines += [
            f'        writer.add_scalar("{name}", {value}, epoch)' for name, value in names.items()
        ]
    if recipe.loggers.wandb:
        lines += [
            "        wandb.log({",
            *(f'            "{name}": {value},' for name, value in names.items()),
            '            "epoch": epoch,',
            "        })",
        ]
    return lines


def _loggers_end(recipe: Recipe) -> list[str]:
    lines = []
    if recipe.loggers.tensorboard:
        lines.append("    writer.close()")
    if recipe.loggers.wandb:
        lines.append("    wandb.finish()")
    return lines
