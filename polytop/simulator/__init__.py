"""The API's stand-in: traffic made of calls, an ASGI application, faults by name."""
