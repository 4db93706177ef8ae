"""Journeys have the fixtures of the gateway's tests: every DUIS answer they see is checked against the schema."""

from tests.dcc_sim.conftest import duis_schema, pair

__all__ = ["duis_schema", "pair"]
