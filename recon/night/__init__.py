"""The steps of one night, in the order of recon/run.py: intake, judgement, publication."""
