"""The columns that the table of modules can have, in its order: name -> (choice, column)."""

import streamlit as st

_PART = {"format": "%.1f %%", "min_value": 0.0, "max_value": 100.0, "width": 110}
COLUMNS: dict[str, tuple[str, dict]] = {
    "layer": ("Layer", st.column_config.TextColumn("Layer", width=200, pinned=True)),
    "use": ("Use", st.column_config.TextColumn(
        "Use", help="Only where a forward pass does not run the module itself."
    )),
    "type": ("Type", st.column_config.TextColumn("Type", width=140)),
    "input": ("Input", st.column_config.TextColumn("Input", help="Without the batch.")),
    "output": ("Output", st.column_config.TextColumn(
        "Output", width=110, help="Without the batch."
    )),
    "params": ("Own parameters", st.column_config.NumberColumn(
        "Own parameters", format="localized",
        help="Held by the module itself: this column adds up to the model's total.",
    )),
    "total_params": ("Parameters", st.column_config.NumberColumn(
        "Parameters", format="localized", help="Of the module and all in it."
    )),
    "params_share": ("Share of parameters", st.column_config.ProgressColumn(
        "Share", help="Share of the model's parameters.", **_PART
    )),
    "trainable": ("Trainable", st.column_config.NumberColumn(
        "Trainable", format="localized",
        help="Of its own parameters, as the model comes: your plan decides what trains.",
    )),
    "plan": ("Under your plan", st.column_config.MultiselectColumn(
        "Under your plan", options=["trains", "frozen", "some of it"],
        color=["orange", "blue", "gray"], width=110,
    )),
    "macs": ("MACs", st.column_config.NumberColumn(
        "MACs", format="compact", help="Multiply-adds for one input, of the module and all in it."
    )),
    "macs_share": ("Share of MACs", st.column_config.ProgressColumn(
        "Share", help="Share of the model's multiply-adds.", **_PART
    )),
    "activation_bytes": ("Activations", st.column_config.NumberColumn(
        "Activations", format="bytes", help="Of its outputs for one input, as float32."
    )),
    "activation_share": ("Share of activations", st.column_config.ProgressColumn(
        "Share", help="Share of the outputs of all innermost modules; a module around others "
        "passes their output on.", **_PART
    )),
    "kernel": ("Kernel", st.column_config.TextColumn("Kernel")),
    "stride": ("Stride", st.column_config.TextColumn("Stride")),
    "calls": ("Called", st.column_config.NumberColumn(
        "Called", help="How often one forward pass runs it."
    )),
    "detail": ("Details", st.column_config.TextColumn("Details", width=180)),
    "name": ("Name in PyTorch", st.column_config.TextColumn("Name in PyTorch")),
}
# What is there without a choice; the rest is a click away.
USUAL = ["type", "output", "total_params", "params_share", "plan", "macs", "macs_share",
         "kernel", "stride", "calls", "name"]
