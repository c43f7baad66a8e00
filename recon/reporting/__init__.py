"""Renders finished runs: one typed report tree, then HTML, terminal, JSON and CSV as views of it."""
