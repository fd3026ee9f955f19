"""The command line: a module or a package for each command, loaded when it is called."""
