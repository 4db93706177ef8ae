"""ZCL payloads of GBZ components: every command and attribute that GBCS uses, declared field by field."""
