"""What a night found: who a finding is (identity), how it lives from night to night (states, life) and what is remembered of it (ledger)."""
