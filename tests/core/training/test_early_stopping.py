"""The best epoch and patience."""

from core.recipe import EarlyStoppingSpec
from core.training.early_stopping import Best, EarlyStopping


def after(losses: list[float], spec: EarlyStoppingSpec) -> EarlyStopping:
    state = EarlyStopping()
    for epoch, loss in enumerate(losses, 1):
        state = state.after(Best(epoch, epoch * 10, loss, 1 - loss), spec)
    return state


def test_the_lowest_loss_is_the_best():
    assert after([0.5, 0.3, 0.4], EarlyStoppingSpec()).best.epoch == 2


def test_of_equals_the_first_is_the_best():
    assert after([0.5, 0.3, 0.3], EarlyStoppingSpec()).best.epoch == 2


def test_accuracy_can_be_watched():
    spec = EarlyStoppingSpec(monitor="val_accuracy")
    assert after([0.5, 0.2, 0.4], spec).best.epoch == 2


def test_ends_after_patience_and_not_before():
    spec = EarlyStoppingSpec(enabled=True, patience=2)
    assert not after([0.5, 0.6], spec).is_over(spec)
    assert after([0.5, 0.6, 0.7], spec).is_over(spec)
    assert not after([0.5, 0.6, 0.4, 0.5], spec).is_over(spec)


def test_small_improvements_do_not_count_but_are_kept():
    spec = EarlyStoppingSpec(enabled=True, patience=2, min_delta=0.1)
    state = after([0.5, 0.45, 0.42], spec)
    assert state.is_over(spec)
    assert state.best.epoch == 3


def test_slow_but_steady_improvement_is_measured_from_the_last_that_counted():
    spec = EarlyStoppingSpec(enabled=True, patience=3, min_delta=0.1)
    assert not after([0.5, 0.45, 0.39, 0.33], spec).is_over(spec)


def test_off_never_ends():
    spec = EarlyStoppingSpec(enabled=False, patience=1)
    assert not after([0.1] + [0.9] * 50, spec).is_over(spec)


def test_round_trip():
    for state in (EarlyStopping(), after([0.5, 0.6], EarlyStoppingSpec())):
        assert EarlyStopping.from_state_dict(state.state_dict()) == state


def test_a_loss_that_is_no_number_is_worse_than_any():
    nan = float("nan")
    spec = EarlyStoppingSpec(enabled=True, patience=2)
    assert after([nan, 0.5, nan], spec).best.epoch == 2
    assert after([0.5, nan], spec).best.epoch == 1
    assert after([nan, 0.5, 0.4], spec).bad_epochs == 0
    assert after([nan, nan, nan], spec).is_over(spec)
