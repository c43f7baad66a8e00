"""What was made of what: links between batches out of the canonical tables, and what follows from them along whole chains.

Rules cannot recurse (docs/decisions/0020), so what they need of whole chains is prepared here as relations that pairings read like canonical tables.
"""
