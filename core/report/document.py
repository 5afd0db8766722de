"""The report of a run, part by part."""

import json
import time
from html import escape

from core.evaluation import comparison, evaluate, examples
from core.evaluation.curves import RunCurve
from core.evaluation.model_of import load_run_model
from core.evaluation.prediction_score import ranked
from core.messages import ThawError, sentence
from core.recipe import Recipe
from core.report import curves, markup
from core.runs import prediction
from core.runs.checkpoints import list_checkpoints
from core.runs.folder import Run
from core.runs.status import RunStatus, status
from core.script import script_of

_PICTURES = 18


def report_of(run: Run, checkpoint: str | int = "best") -> str:
    """The report as HTML: recipe, curves, metrics, samples, environment and code, in one file.

    It needs no network and no script. What can't be had (the data is gone, there is no
    checkpoint yet) is said in its place.

    Args:
        checkpoint: Which one is judged on the held-out images.

    Raises:
        ThawError: If the run's recipe can't be read.
    """
    recipe, now = run.recipe(), status(run)
    return markup.page(run.name, [
        f"<h1>{escape(run.name)}</h1>",
        f'<p class="quiet">{escape(_about(run, now))}</p>',
        _note(run),
        *_held_out(run, now, checkpoint),
        "<h2>Curves</h2>",
        curves.curves_svg(run) or "<p>No epoch has ended yet.</p>",
        *_predictions(run),
        "<h2>Recipe</h2>",
        *_recipe(recipe),
        "<h2>Environment</h2>",
        _environment(run),
        "<h2>Code</h2>",
        _code(recipe),
    ])


def _about(run: Run, now: RunStatus) -> str:
    made = time.strftime("%Y-%m-%d %H:%M")
    ended = f"{now.status}, epoch {now.epoch} of {now.epochs}" if now.epochs else now.status
    return f"Run {run.id} · {ended} · report of {made} by Thaw"


def _note(run: Run) -> str:
    note = str(run.meta().get("note") or "")
    return f"<p>{escape(note)}</p>" if note else ""


def _figures(now: RunStatus, found: evaluate.Evaluation | None) -> str:
    best, state = now.best or {}, now.state
    values = []
    if found:
        values.append(("Held-out accuracy", f"{100 * found.accuracy:.2f} %",
                       f"{found.samples:,} images, epoch {found.epoch}"))
    if best:
        values.append(("Validation accuracy", f"{100 * best['val_accuracy']:.2f} %",
                       f"best epoch {best['epoch']}, loss {best['val_loss']:.4g}"))
    if state.get("params"):
        values.append(("Trainable parameters", f"{state.get('trainable', 0):,}",
                       f"of {state['params']:,}"))
    if now.seconds:
        values.append(("Time", f"{now.seconds:,.0f} s", now.device))
    return markup.cards(values)


def _held_out(run: Run, now: RunStatus, checkpoint: str | int) -> list[str]:
    """The figures, and how the model did on images that it never saw."""
    title = "<h2>Held-out images</h2>"
    if not list_checkpoints(run):
        return [_figures(now, None), title, "<p>There is no checkpoint yet to judge.</p>"]
    try:
        found = evaluate.evaluate(run, checkpoint)
        shown = examples.draw_examples(load_run_model(run, checkpoint), _PICTURES, seed=0, top=1)
    except ThawError as error:
        return [_figures(now, None), title, f"<p>{escape(sentence(error.problem))}</p>"]
    pictures = "".join(
        markup.figure(
            one.picture,
            f"{one.truth}: said {one.prediction.classes[0]}, "
            f"{100 * one.prediction.probabilities[0]:.0f} %",
            wrong=one.prediction.classes[0] != one.truth,
        )
        for one in shown
    )
    scores = [
        (one.name, one.precision, one.recall, one.f1, one.support) for one in found.per_class
    ]
    return [
        _figures(now, found),
        title,
        markup.confusion([one.name for one in found.per_class], found.confusion),
        markup.table(("class", "precision", "recall", "F1", "images"), scores),
        "<h3>Some of them</h3>",
        '<p class="quiet">Drawn at random; a dashed frame is a mistake.</p>',
        f'<div class="pictures">{pictures}</div>',
    ]


def _predictions(run: Run) -> list[str]:
    """Who predicted the accuracy, and how near it was; nothing where nobody did."""
    scores = ranked(prediction.read(run), RunCurve(run).points(), by_curve=True)
    if not scores:
        return []
    rows = [
        (one.name, one.predicted, one.real, one.final_error,
         "" if one.area is None else f"{one.area:.1f}") for one in scores
    ]
    head = ("who", "said, %", "came, %", "off at the end", "off on average")
    return [
        "<h3>What was predicted before the run</h3>",
        markup.table(head, rows),
        '<p class="quiet">Dashed in the picture of the accuracy. Off: in percentage points, at '
        f"epoch {scores[0].last_epoch} and as the mean distance of the curves up to there.</p>",
    ]


def _recipe(recipe: Recipe) -> list[str]:
    changed, defaults = comparison.changed(recipe), comparison.settings(Recipe())
    rows = [
        (field, json.dumps(value, default=str), json.dumps(defaults[field], default=str))
        for field, value in changed.items()
    ]
    parts = [markup.table(("setting", "this run", "Thaw's default"), rows)] if rows else []
    parts.append('<p class="quiet">All other settings are Thaw\'s defaults.</p>')
    return [*parts, markup.folded("The whole recipe, as JSON", recipe.to_json())]


def _environment(run: Run) -> str:
    rows = []
    for number, attempt in run.attempts().items():
        versions = ", ".join(f"{k} {v}" for k, v in (attempt.get("versions") or {}).items())
        began = attempt.get("started")
        rows.append((
            str(number), time.strftime("%Y-%m-%d %H:%M", time.localtime(began)) if began else "",
            str(attempt.get("device", "")), str(attempt.get("threads", "")), versions,
        ))
    if not rows:
        return "<p>It has not begun yet.</p>"
    return markup.table(("attempt", "began", "device", "threads", "versions"), rows)


def _code(recipe: Recipe) -> str:
    try:
        script = script_of(recipe)
    except ThawError as error:
        return f"<p>{escape(sentence(error.problem))}</p>"
    return markup.folded("The recipe as one PyTorch script", script.text)
