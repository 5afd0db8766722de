"""How the bundled weights are made: letters of free fonts, drawn as scikit-learn's digits were.

`python -m core.models.letters` does all of it from nothing; Thaw itself never imports this.
"""
