"""`python -m core.models.letters {render|pretrain|measure}`: the bundled weights from nothing."""

import argparse
from pathlib import Path

import torch

from core.models import bundled
from core.models.letters import fonts, measure, pretrain, render


def main() -> None:
    """One of the three steps; each reads what the one before it wrote."""
    parser = argparse.ArgumentParser(prog="python -m core.models.letters", description=__doc__)
    parser.add_argument("step", choices=("render", "pretrain", "measure"))
    parser.add_argument("--folder", type=Path, default=Path("letters"), help="working folder")
    parser.add_argument("--steps", type=int, default=pretrain.Plan.steps, help="updates")
    parser.add_argument("--state", type=Path, help="weights to measure; default: the bundled ones")
    parser.add_argument(
        "--on", choices=("rendered", "digits"), default="rendered",
        help="digits of the held-out fonts, to choose with, or scikit-learn's, to report",
    )
    asked = parser.parse_args()
    torch.set_num_threads(2)
    {"render": _render, "pretrain": _pretrain, "measure": _measure}[asked.step](asked)


def _render(asked: argparse.Namespace) -> None:
    fonts.install(asked.folder)
    found = fonts.find(asked.folder)
    for letters in (render.LOWER + render.UPPER, render.DIGITS):
        glyphs, places = render.draw_fonts([font.path for font in found], letters)
        names = [found[place].name for place in places.tolist()]
        torch.save({"glyphs": glyphs, "fonts": names}, asked.folder / f"glyphs_{len(letters)}.pt")
        print(f"{len(names)} fonts, {len(letters)} glyphs each")


def _pretrain(asked: argparse.Namespace) -> None:
    drawn = torch.load(asked.folder / "glyphs_52.pt", weights_only=True)
    order = pretrain.font_order(len(drawn["fonts"]))
    plan = pretrain.Plan(steps=asked.steps)
    held_out = order[-plan.held_out_fonts :].tolist()
    print("held out:", ", ".join(drawn["fonts"][place] for place in held_out))
    model = pretrain.pretrain(plan, drawn["glyphs"][order], lambda line: print(line, flush=True))
    torch.save(model.state_dict(), asked.folder / f"{plan.model}_letters.pt")


def _measure(asked: argparse.Namespace) -> None:
    weights = bundled.BUNDLED[0]
    if asked.state:
        state = torch.load(asked.state, weights_only=True)
    else:
        state = bundled.load_bundled(weights)
    if asked.on == "digits":
        images, targets = measure.handwritten()
    else:
        letters = torch.load(asked.folder / "glyphs_52.pt", weights_only=True)
        digits = torch.load(asked.folder / "glyphs_10.pt", weights_only=True)
        order = pretrain.font_order(len(letters["fonts"]))[-pretrain.Plan.held_out_fonts :]
        held_out = {letters["fonts"][place] for place in order.tolist()}
        chosen = [place for place, font in enumerate(digits["fonts"]) if font in held_out]
        images, targets = measure.rendered(digits["glyphs"][chosen])
    for row in measure.table(weights.model, state, images, targets, weights.input_size):
        print(row, flush=True)


if __name__ == "__main__":
    main()
