"""What plans and their standings are called on the page."""

from core.evaluation.experiment import Standing
from core.runs.experiment_spec import Plan

LABELS: dict[Plan, str] = {
    "from_scratch": "From scratch",
    "linear_probe": "Linear probe",
    "last_stage": "Last stage",
    "all": "Fine-tune",
    "own": "Own plan",
}

ABOUT: dict[Plan, str] = {
    "from_scratch": "Layers made anew: :orange[everything trains].",
    "linear_probe": "The finished model :blue[frozen], only a new :orange[head trains].",
    "last_stage": "Early stages :blue[frozen], :orange[last stage and head train].",
    "all": "The finished model trained further: :orange[everything trains].",
    "own": "As the present recipe has it: see the Layers page.",
}

STANDINGS: dict[Standing, str] = {
    "finished": "finished", "running": "running", "waiting": "waiting", "stopped": "stopped",
    "failed": "failed", "missing": "removed",
}
