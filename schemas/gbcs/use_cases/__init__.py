"""The table of use cases: one declaration each. Adding one touches one place, a tuple of one of these files."""
