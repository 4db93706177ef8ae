"""Journeys have the fixtures of the gateway's tests: every DUIS answer they see is checked against the schema."""

from tests.dcc_sim.conftest import database, duis_schema, pair

__all__ = ["database", "duis_schema", "pair"]
