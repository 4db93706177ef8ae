"""Distinguished names as text, compared the way X.520 compares them."""

import re

_SEPARATOR = re.compile(r"(?<!\\)[,;+]")

Name = frozenset[tuple[str, str]]


def comparable(name: str) -> Name:
    """An RFC 4514 name as a value to compare: order, letter case and repeated spaces do not count.

    >>> comparable("CN=Z1,OU=07") == comparable("ou=07,  CN = Z1")
    True
    """
    parts = (part.partition("=") for part in _SEPARATOR.split(name))
    return frozenset((key.strip().upper(), " ".join(value.split()).casefold()) for key, _, value in parts)
