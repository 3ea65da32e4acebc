"""Clipwright, a desktop studio for local video generation."""

from __future__ import annotations

__version__ = "0.1.0"
