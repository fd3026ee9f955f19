"""The wire: queries, the client, decoding, and the errors they end in."""
