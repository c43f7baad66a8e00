"""From settled findings to proposals: which posting in which system would put each right, and what speaks against it."""
