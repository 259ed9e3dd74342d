"""Tests of `muster.push`."""
