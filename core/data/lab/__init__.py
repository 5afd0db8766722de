"""Broken loaders and their repairs: each file is one classic, a program that runs as it stands."""
