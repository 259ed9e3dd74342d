"""`muster integration`: the workbench of a partner's developer, a command a module."""
