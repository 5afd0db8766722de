"""Runs: their folders, whether they live, starting and stopping them. No torch in here."""
