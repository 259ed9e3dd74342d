"""Findings as `muster integration validate` prints them: for people, for scripts, for GitHub, as SARIF.

Each format is a module; all of them take the same `CheckedFolder`s, and show the same paths.
"""
