"""The command line: a face like the others. What it runs is handed to it by `bootstrap`."""
