"""A script as a Jupyter notebook: each section a heading and a cell."""

import json

from core.script.assemble import Script


def notebook_of(script: Script) -> str:
    """The notebook's JSON (nbformat 4.5), the same for the same script."""
    cells = [_markdown("about", script.about), _code("imports", script.imports)]
    for number, section in enumerate(script.sections):
        cells.append(_markdown(f"title-{number}", f"## {section.title}"))
        cells.append(_code(f"code-{number}", section.text))
    return json.dumps(
        {
            "cells": cells,
            "metadata": {
                "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
                "language_info": {"name": "python"},
            },
            "nbformat": 4,
            "nbformat_minor": 5,
        },
        indent=1, ensure_ascii=False,
    ) + "\n"


def _markdown(id: str, text: str) -> dict:
    return {"cell_type": "markdown", "id": id, "metadata": {}, "source": _lines(text)}


def _code(id: str, text: str) -> dict:
    return {
        "cell_type": "code", "execution_count": None, "id": id, "metadata": {}, "outputs": [],
        "source": _lines(text),
    }


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)
