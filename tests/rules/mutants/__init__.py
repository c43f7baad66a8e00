"""Do the cases notice when a rule is broken? Every rule and pairing is broken on purpose, in one place at a time, and cases are run over it.

A mutant is killed when a case goes otherwise than it should. Those of a pairing are tried with the cases of all rules over it, or over a pairing that builds
on it; those of a rule with its own. `nox -s mutants` runs them; __main__ says how.
"""
