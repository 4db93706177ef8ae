"""Scenarios: files with homes, users, faults, steps at virtual times and what must come of them."""
