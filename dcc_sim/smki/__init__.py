"""A complete test SMKI: authorities, certificates and their repository, all grown from one seed.

The same seed gives the same keys, serials and certificates, byte for byte: runs repeat and captures compare.
For tests and demonstrations only: whoever knows the seed knows every key.
"""

from dcc_sim.smki.authority import Smki
from dcc_sim.smki.credentials import Credentials, KeyPair, save
from dcc_sim.smki.folder import Folder
from dcc_sim.smki.profiles import Role, Usage, eui_of, issuer_name, role_of, usage_of
from dcc_sim.smki.repository import Entry, Repository, Status

__all__ = [
    "Credentials",
    "Entry",
    "Folder",
    "KeyPair",
    "Repository",
    "Role",
    "Smki",
    "Status",
    "Usage",
    "eui_of",
    "issuer_name",
    "role_of",
    "save",
    "usage_of",
]
