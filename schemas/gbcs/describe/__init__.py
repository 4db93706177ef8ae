"""Print any GBCS message field by field. Describing neither verifies nor changes anything."""

from schemas.gbcs.describe.message import describe
from schemas.gbcs.describe.tree import Tree, to_json, to_text

__all__ = ["Tree", "describe", "to_json", "to_text"]
