"""Tracing: the index of a run over what was made of what, and the walk along it, forwards and backwards."""
