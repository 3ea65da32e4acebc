"""Compose: where a person says what the next clip should be."""
