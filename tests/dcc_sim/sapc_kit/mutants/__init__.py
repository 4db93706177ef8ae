"""Deliberately wrong SAPCs: each has one fault that a maker could make, and at least one case must catch it."""

from tests.dcc_sim.sapc_kit.mutants import answers, calendars, levels, limits, memory, security
from tests.dcc_sim.sapc_kit.mutants.making import MUTANTS

__all__ = ["MUTANTS", "answers", "calendars", "levels", "limits", "memory", "security"]
