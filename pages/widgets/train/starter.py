"""The button that starts a run, or the sentence why it can't."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core.messages import Problem, ThawError
from core.recipe import Recipe
from core.runs import device_slots, device_use, folder, queue, supervisor
from core.runs.device_use import Held
from core.runs.folder import Run
from core.runs.status import running_runs
from pages.state import person
from pages.state.language import say
from pages.widgets import field_words, recipe_words, torch_ready
from pages.widgets.plain import plain
from pages.widgets.train import bring_up, prediction_panel


def show(recipe: Recipe, problems: Mapping[str, Problem], no_images: str) -> None:
    """Draws the button.

    Args:
        problems: Of the fields, as the draft has them.
        no_images: Why the images on the page can't be trained on, or "".
    """
    busy = device_use.in_the_way(recipe)
    st.button(
        "Start training", type="primary", icon=":material/play_arrow:", key="start training",
        on_click=_start, args=(recipe,), disabled=bool(problems or busy or no_images),
    )
    if problems:
        names = ", ".join(field_words.label(field) for field in problems)
        st.markdown(f":red[Put right first: {names}.]")
    elif no_images:
        st.markdown(f":red[{plain(no_images)}]")
    elif busy:
        st.button(
            "Add to the queue", icon=":material/playlist_add:", key="queue training",
            on_click=_queue, args=(recipe,),
            help="It starts by itself when the runs before it have ended, also while the app is "
            "closed.",
        )
        st.markdown(_busy_words(busy))
    elif beside := device_use.held():
        st.caption(_beside_words(recipe, beside))


def _busy_words(busy: Sequence[Run]) -> str:
    names = " and ".join(f"**{plain(run.name)}**" for run in busy)
    if len(busy) == 1:
        return f"{names} is training: wait until it ends, or stop it first."
    return f"{names} are training: wait until one of them ends, or stop one first."


def _beside_words(recipe: Recipe, beside: Sequence[Held]) -> str:
    wanted = device_use.need(recipe)
    slots = tuple(dict.fromkeys(device_use.free(wanted.kind, beside)))[: wanted.count]
    names = " and ".join(f"**{plain(one.run.name)}**" for one in beside)
    return (
        f"It starts on {device_slots.titles(slots)}, beside {names} on "
        f"{device_slots.titles(slot for one in beside for slot in one.slots)}. A dry run waits "
        "until nothing trains: its times would be wrong."
    )


def is_free(problems: Mapping[str, Problem]) -> bool:
    """Whether the recipe can be tried now: nothing is wrong in it, and no run disturbs it."""
    return not problems and not running_runs()


def _start(recipe: Recipe) -> None:
    try:
        refuse(recipe)
        run = folder.create_run(recipe, name=recipe.name or recipe_words.short(recipe))
        try:
            prediction_panel.desk(recipe).give_to(run)
            supervisor.start(run)
        except ThawError:
            folder.delete_run(run)  # another browser was faster; nothing of it is kept
            raise
    except ThawError as error:
        person.notify(plain(say(error)), "error")
        return
    prediction_panel.desk(recipe).forget()
    person.watch_run(run.id)
    bring_up.remember(run)


def _queue(recipe: Recipe) -> None:
    try:
        refuse(recipe)
        [run] = queue.add([queue.NewRun(recipe, recipe.name or recipe_words.short(recipe))])
        try:
            prediction_panel.desk(recipe).give_to(run)
        except ThawError:
            queue.remove_all([run])  # nothing of what is said to have failed is kept
            raise
        queue.keep_going()
    except ThawError as error:
        person.notify(plain(say(error)), "error")
        return
    prediction_panel.desk(recipe).forget()
    kind = device_use.need(recipe).kind
    before = sum(device_use.need_of(one).kind == kind for one in queue.waiting()) - 1
    ahead = {0: "It is the next one.", 1: "One waits before it."}.get(
        before, f"{before} wait before it."
    )
    if queue.is_paused():
        person.notify(
            f"The run waits in the queue. {ahead} The queue is paused: it starts when somebody "
            "presses “Continue” in the queue on the Runs page.", "warning",
        )
        return
    person.notify(f"The run waits in the queue. {ahead} The Runs page has the queue.", "success")


def refuse(recipe: Recipe) -> None:
    """Checked before there is a run: what can't fit, and names that the model does not have.

    Raises:
        ThawError: If one of them is so.
    """
    from core.models.memory import refuse_if_too_big

    refuse_if_too_big(recipe)
    if recipe.transform.size or recipe.freeze.exceptions or recipe.unfreezing.at:
        torch_ready.load()
        from core.training import preflight

        preflight.check(recipe)
