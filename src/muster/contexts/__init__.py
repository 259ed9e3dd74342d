"""Contexts: what is known of the people, devices and organizations that are in segments or were evaluated.

A context is known in two ways. Those that were evaluated are recorded with their attributes, for some
weeks. Members of segments are known by kind and key alone, and are read where the segments keep them: an
environment may have many millions, so nothing here ever holds more than a few of them.
"""
