"""MMC: GBCS responses and alerts as readable XML (Message Mapping Catalogue)."""
