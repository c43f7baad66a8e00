"""Gates: what has to hold of the rows themselves before rules compare them, decided by Great Expectations in a process of its own."""
