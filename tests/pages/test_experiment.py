"""The Experiment page: setting one up, looking at its results, the queue and its levers."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.evaluation.experiment import Outcome, PlanResult
from core.recipe import Recipe, parse
from core.runs import experiment, folder, queue, supervisor
from core.runs.experiment_spec import parse as parse_spec
from core.runs.status import running_runs, status
from pages.widgets.experiment import chart_data, keeper, starter, table
from tests.core.runs.holder import HOLDER
from tests.core.runs.test_queue import QUEUE
from tests.pages.app_page import open_page, quiet

SPAWN = queue._spawn
PLANS = ["From scratch", "Linear probe", "Last stage", "Fine-tune"]


@pytest.fixture(autouse=True)
def nothing_starts(monkeypatch):
    """The queue is looked at, but no process is started, unless a test takes the real one."""
    monkeypatch.setattr(queue, "_spawn", lambda root: None)
    keeper._look.clear()


def opened(home: Path, monkeypatch: pytest.MonkeyPatch, recipe: Recipe | None = None) -> AppTest:
    return open_page(home, monkeypatch, "experiment", recipe)


def widget(at: AppTest, kind: str, label: str):
    return next(one for one in getattr(at, kind) if one.label == label)


def words(at: AppTest) -> str:
    return "\n".join(one.value for one in [*at.markdown, *at.caption, *at.subheader])


def labels(at: AppTest) -> list[str]:
    return [button.label for button in at.button]


def end(run, accuracy: float, step: int = 5, status_: str = "finished", **more) -> None:
    """What a worker leaves behind, with figures that the test knows."""
    (run.path / "launch.json").write_text(json.dumps({"pid": 0, "attempt": 1, "time": 0.0}))
    (run.path / "state.json").write_text(json.dumps({
        "status": status_, "attempt": 1, "epoch": 2, "epochs": 2, "step": 2 * step,
        "steps": 2 * step, "seconds": 3.0, "params": 1000, "peak_memory_bytes": 9e8,
        "best": {"epoch": 2, "val_loss": 0.5, "val_accuracy": accuracy},
        "test": {"accuracy": accuracy, "loss": 0.5, "samples": 500}, **more,
    }))
    lines = [
        {"attempt": 1, "kind": "epoch", "step": step * epoch, "epoch": epoch, "seconds": epoch,
         "split": "val", "values": {"loss": 1 - share * accuracy, "accuracy": share * accuracy}}
        for epoch, share in ((0, 0.1), (1, 0.5), (2, 1.0))
    ]
    (run.path / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def finished(home: Path, **spec):
    """An experiment whose runs have all ended, fine-tuning far above from scratch."""
    begun = experiment.begin(parse_spec({"name": "Mine", **spec}), parse({"train": {"epochs": 2}}))
    level = {"from_scratch": 0.5, "linear_probe": 0.8, "last_stage": 0.85, "all": 0.9}
    size = {"from_scratch": 1000, "linear_probe": 10, "last_stage": 400, "all": 1000}
    for one in begun.members:
        end(one.run, level[one.plan] + 0.01 * one.seed, trainable=size[one.plan])
    return begun


# --- setting one up -----------------------------------------------------------------------


def test_what_is_set_is_what_is_queued(home, monkeypatch):
    at = opened(home, monkeypatch)
    assert "**12 runs**, one after another: 4 plans × 3 seeds (0, 1, 2)" in words(at)
    assert "**210 steps** (30 epochs)" in words(at)
    assert "not known yet" in words(at)
    for rate in ("0.01", "2e-2"):  # of the linear probe
        at.text_input(key="experiment.rate linear_probe").set_value(rate).run()
    widget(at, "checkbox", "**Last stage**").uncheck().run()
    for seeds, said in ((2, "Fewer than three seeds say little"), (4, "3 plans × 4 seeds")):
        widget(at, "slider", "Seeds").set_value(seeds).run()
        assert said in words(at)
    for epochs, said in (("3", "**21 steps** (3 epochs)"), ("2", "**14 steps** (2 epochs)")):
        at.text_input(key="experiment.epochs").set_value(epochs).run()
        assert said in words(at)
    at.text_input(key="experiment.name").set_value("Of *mine*").run()
    widget(at, "button", "Start the experiment").click().run()
    quiet(at)
    (begun,) = experiment.list_all()
    assert (begun.name, begun.spec.seeds, begun.spec.epochs) == ("Of *mine*", 4, 2)
    assert [one.plan for one in begun.members[:3]] == ["from_scratch", "linear_probe", "all"]
    assert begun.members[1].run.recipe().optimizer.lr == 0.02
    assert begun.members[0].run.recipe().optimizer.lr == 1e-3
    assert "not decided yet" in words(at)
    assert "8 of 8 runs are still to come" in words(at)
    assert "The queue: 12 runs wait" in [one.label for one in at.expander]


def test_a_second_click_starts_no_second_experiment(home, monkeypatch):
    """It comes with what the first one's page had drawn, after the first has made the runs."""
    late = {}
    drawn = starter._start
    monkeypatch.setattr(starter, "_start", lambda *args: (late.update(args=args), drawn(*args)))
    at = opened(home, monkeypatch)
    widget(at, "button", "Start the experiment").click().run()

    def second_click():
        from pages.widgets.experiment import starter as again

        again._start(*late["args"])

    monkeypatch.setattr(keeper, "look", second_click)
    quiet(at.run())
    assert len(experiment.list_all()) == 1


def test_what_is_typed_stays_over_a_page_switch(home, monkeypatch):
    at = opened(home, monkeypatch)
    at.text_input(key="experiment.epochs").set_value("7").run()
    widget(at, "checkbox", "**From scratch**").uncheck().run()
    at.switch_page("pages/runs.py").run()
    at.switch_page("pages/experiment.py").run()
    assert at.text_input(key="experiment.epochs").value == "7"
    assert "3 plans × 3 seeds" in words(at)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("experiment.epochs", "0", "epochs must be at least 1"),
        ("experiment.epochs", "ten", "must be a whole number"),
        ("experiment.rate all", "-1", "learning rate, fine-tune must be greater than 0"),
    ],
)
def test_what_is_wrong_gets_a_sentence_and_starts_nothing(home, monkeypatch, field, value, said):
    at = opened(home, monkeypatch)
    at.text_input(key=field).set_value(value).run()
    assert said in words(at)
    assert "Start the experiment" not in labels(at)
    at.text_input(key=field).set_value("").run()
    assert "Start the experiment" in labels(at)


def test_one_plan_no_weights_and_no_whole_batch_are_refused(home, monkeypatch):
    at = opened(home, monkeypatch)
    for label in PLANS[1:]:
        widget(at, "checkbox", f"**{label}**").uncheck().run()
    assert "at least two plans" in words(at)
    at = opened(home, monkeypatch, parse({"model": {"weights": "none"}}))
    assert "nothing in it was learned" in words(at)
    assert widget(at, "button", "Start the experiment").disabled
    at = opened(home, monkeypatch, parse({"loader": {"batch_size": 4000, "drop_last": True}}))
    assert "fewer than one batch of 4000" in words(at)
    assert widget(at, "button", "Start the experiment").disabled
    assert folder.list_runs() == []


def test_a_plan_of_its_own_is_offered_where_there_is_one(home, monkeypatch):
    at = opened(home, monkeypatch, parse({"freeze": {"preset": "last_stages"}}))
    assert "5 plans × 3 seeds" in words(at)
    assert "**Own plan**" in [box.label for box in at.checkbox]


def test_earlier_runs_tell_how_long_and_a_shorter_one_is_offered(home, monkeypatch):
    long = parse({"train": {"epochs": 9999}})
    known = folder.create_run(long)
    end(known, 0.9, seconds=100.0)
    (known.path / "attempts" / "1.json").write_text('{"first_step": 0}')
    at = opened(home, monkeypatch, long)
    assert "about **" in words(at) and "h " in words(at)
    shorter = next(button for button in at.button if button.label.startswith("Shorter: 10 epochs"))
    quiet(shorter.click().run())
    assert "(10 epochs)" in words(at)


# --- looking at one -----------------------------------------------------------------------


def choose(at: AppTest, begun) -> AppTest:
    widget(at, "selectbox", "Experiment").set_value(begun.id).run()
    return quiet(at)


def test_seeds_that_stand_alike_are_counted_in_their_order():
    """Three times “waiting” is wider than the table's column."""
    def each(*outcomes: Outcome) -> str:
        result = PlanResult("all", outcomes, None, None, None, None, None, None)
        return table.frame([result])["each"][0]

    right, same = (
        Outcome("all", seed, "finished", accuracy=share, samples=500)
        for seed, share in ((0, 0.5), (1, 0.5))
    )
    waiting, running, failed = (Outcome("all", 2, one) for one in ("waiting", "running", "failed"))
    assert each(waiting, waiting, waiting) == "3 waiting"
    assert each(right, same, running, waiting, waiting) == "50.0, 50.0, running, 2 waiting"
    assert each(right, failed, same) == "50.0, failed, 50.0"


def test_the_verdict_the_curves_and_the_table(home, monkeypatch):
    at = opened(home, monkeypatch)
    begun = finished(home)
    choose(at.run(), begun)
    said = words(at)
    assert "Fine-tune beats from scratch: 91.0 % against 51.0 % on 500 held-out images" in said
    assert "Fine-tune beats linear probe: 91.0 % against 81.0 %" in said
    assert ":green-badge[:material/check_circle: supported here]" in said
    table = next(d.value for d in at.dataframe if "trainable" in d.value.columns)
    rows = table.set_index("plan")
    assert rows.loc["Fine-tune", "accuracy"] == "91.0 ± 1.0 %"
    assert rows.loc["From scratch", "each"] == "50.0, 51.0, 52.0"
    assert rows.loc["Linear probe", "trainable"] == 10
    assert rows.loc["Fine-tune", "memory"] == "900 MB"
    assert rows.loc["From scratch", "steps"] == "10 ± 0"  # 50 % in its second epoch
    for axis in ("Seconds", "Trainable parameters", "Steps"):
        at.segmented_control(key="experiment.axis").set_value(axis).run()
        quiet(at)
    outcomes = chart_data_outcomes(begun)
    lines = chart_data.lines(outcomes, "val_accuracy")
    point = lines[(lines["plan"] == "Fine-tune") & (lines["epoch"] == 2)].iloc[0]
    assert (point["value"], point["low"], point["high"]) == pytest.approx((91.0, 90.0, 92.0))
    assert point["seeds"] == 3 and set(lines["kind"]) == {"mean"}
    dots = chart_data.dots(outcomes)
    assert len(dots) == 12 and dots["trainable"].min() == 10


def chart_data_outcomes(begun):
    from core.evaluation.experiment import outcomes_of

    return outcomes_of(experiment.find(begun.id))


def test_one_seed_is_no_verdict_and_a_failed_run_is_named(home, monkeypatch):
    at = opened(home, monkeypatch)
    one = finished(home, seeds=1)
    choose(at.run(), one)
    assert "1 of at least 3 seeds" in words(at)
    begun = finished(home, name="Failed")
    failed = begun.members[-1].run
    error = {"id": "training.not_finite", "values": {"step": 7}}
    end(failed, 0.0, status_="failed", error=error)
    choose(at.run(), begun)
    assert "no verdict, for fine-tune seed 2 did not end well" in words(at)
    assert "Fine-tune, seed 2 failed: The loss was no longer a finite number at step 7" in words(at)
    widget(at, "button", "Queue again what is missing (1)").click().run()
    quiet(at)
    assert [run.name for run in queue.waiting()] == ["Fine-tune, seed 2: Failed"]
    assert failed.path.exists()


def test_the_queue_is_shown_and_runs_are_taken_out_of_it(home, monkeypatch):
    at = opened(home, monkeypatch)
    widget(at, "button", "Start the experiment").click().run()
    first, second, *_ = queue.waiting()
    at.multiselect(key="queue.chosen").set_value([second.id]).run()
    widget(at, "button", "Up").click().run()
    quiet(at)
    assert queue.waiting()[:2] == [second, first]
    widget(at, "button", "Pause the queue").click().run()
    quiet(at)
    assert queue.is_paused()
    widget(at, "button", "Continue").click().run()
    quiet(at)
    assert not queue.is_paused()
    widget(at, "button", "Remove from the queue").click().run()
    quiet(at)
    assert not second.path.exists() and len(queue.waiting()) == 11
    assert "starts in under a minute\n1." in words(at)  # nothing runs, and nothing like it has
    assert "starts after the run before it" in words(at)
    widget(at, "button", "Remove them").click().run()
    quiet(at)
    assert folder.list_runs() == []
    assert "Start the experiment" in labels(at)  # nothing is left of it


def test_one_is_deleted_with_its_runs_and_its_recipe_used_again(home, monkeypatch):
    at = opened(home, monkeypatch)
    begun, other = finished(home, seeds=1), finished(home, seeds=2, name="Other")
    choose(at.run(), begun)
    widget(at, "button", "Use its recipe").click().run()
    assert at.session_state["draft.recipe"] == begun.recipe
    assert "(2 epochs)" in words(at)
    choose(at, begun)
    widget(at, "button", "Delete for good").click().run()
    quiet(at)
    assert [one.id for one in experiment.list_all()] == [other.id]
    assert "was deleted with its runs" in at.success[0].value


def test_one_that_another_browser_deleted_is_let_go(home, monkeypatch):
    at = opened(home, monkeypatch)
    begun, other = finished(home, seeds=1), finished(home, seeds=1, name="Other")
    choose(at.run(), begun)
    experiment.delete(begun)
    quiet(at.run())
    assert "Start the experiment" in labels(at)
    choose(at, other)
    assert "1 of at least 3 seeds" in words(at)


def test_the_runs_page_knows_queued_runs_and_experiments(home, monkeypatch):
    begun = experiment.begin(parse_spec({"name": "Mine", "seeds": 1}), parse({}))
    at = open_page(home, monkeypatch, "runs")
    rows = at.dataframe[0].value
    assert set(rows["group"]) == {f"Mine ({begun.id[-4:]})"}
    assert rows["status"].tolist() == [["queued"]] * 4
    assert "The queue: 4 runs wait" in [one.label for one in at.expander]
    assert "4 runs wait in the queue" in words(open_page(home, monkeypatch, "start"))


def test_a_run_is_queued_while_another_one_trains(home, monkeypatch):
    at = open_page(home, monkeypatch, "train")
    assert "Add to the queue" not in labels(at)
    other = folder.create_run(Recipe(name="other"))
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(other.path / "lock")], stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout.readline() == b"held\n"
        widget(at.run(), "button", "Add to the queue").click().run()
        quiet(at)
        assert "It is the next one" in at.success[0].value
        widget(at, "button", "Add to the queue").click().run()
        assert "One waits before it" in at.success[0].value
        assert [queue.place_of(run) for run in queue.waiting()] == [1, 2]
    finally:
        holder.kill()
        holder.communicate()


def test_the_queue_says_when_runs_start_and_shows_a_pause_where_nothing_waits(home, monkeypatch):
    end(folder.create_run(parse({"train": {"epochs": 2}})), 0.5, seconds=600.0)
    queue.add([queue.NewRun(parse({"train": {"epochs": epochs}}), f"run *{epochs}*")
               for epochs in (2, 4)])
    at = quiet(open_page(home, monkeypatch, "runs"))
    lines = words(at).splitlines()
    assert any(r"run \*4\* – starts in about 10 min, ends near " in line for line in lines), lines
    old = folder.create_run(Recipe())
    (old.path / "recipe.json").write_text("{}x")  # which the page says of the run, not of the queue
    at.run()
    assert not at.exception and "starts in about 10 min" in words(at)
    folder.delete_run(old)
    widget(at.run(), "button", "Pause the queue").click().run()
    quiet(at)
    assert "starts in" not in words(at)
    queue.remove_all(queue.waiting())
    assert "The queue: nothing waits, paused" in [one.label for one in quiet(at.run()).expander]
    widget(at, "button", "Continue").click().run()
    assert not queue.is_paused() and not any("queue" in one.label for one in quiet(at).expander)


def test_a_run_that_joins_a_paused_queue_is_told_so(home, monkeypatch):
    at = open_page(home, monkeypatch, "train")
    queue.pause()
    other = folder.create_run(Recipe(name="other"))
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(other.path / "lock")], stdout=subprocess.PIPE
    ) as holder:
        try:
            assert holder.stdout.readline() == b"held\n"
            widget(at.run(), "button", "Add to the queue").click().run()
        finally:
            holder.kill()
    assert "The queue is paused" in quiet(at).warning[0].value


# --- the process behind it ----------------------------------------------------------------


def test_the_app_starts_a_queue_whose_process_was_killed(home, monkeypatch):
    """Any page of an app that was just started, in a home where runs wait and nobody works."""
    monkeypatch.setattr(queue, "_spawn", SPAWN)
    monkeypatch.setattr(queue, "_command", lambda: [sys.executable, "-c", QUEUE])
    (run,) = queue.add([queue.NewRun(Recipe(name="waits"), "waits")])
    assert not queue.is_working()
    open_page(home, monkeypatch, "start")
    ends = time.monotonic() + 60
    while status(run).status != "running":
        assert time.monotonic() < ends, status(run)
        time.sleep(0.05)
    supervisor.kill(running_runs()[0])
    while queue.is_working():
        assert time.monotonic() < ends
        time.sleep(0.05)
