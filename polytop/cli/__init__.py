"""One module a command, loaded when it is called; the only place that wires parts together."""
