"""GBCS messages: envelope, protection, payloads (DLMS/COSEM, GBZ, ASN.1) and the table of use cases."""
