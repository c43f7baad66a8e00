"""Engines run rule SQL over canonical tables."""
