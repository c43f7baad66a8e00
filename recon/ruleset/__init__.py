"""Rules and pairings as files: loading, checking, parameters and cases."""
