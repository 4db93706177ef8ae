"""Media types and the one header of our own, as they stand in HTTP."""

XML = "application/xml"
PROBLEM = "application/problem+json"
REASON = "X-DCC-Sim-Reason"
"""The header with the reason of a refusal."""
