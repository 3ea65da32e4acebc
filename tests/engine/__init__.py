"""Tests of Clipwright."""
