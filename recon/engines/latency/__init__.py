"""How long it takes from an event at the MES or in quality to its posting in SAP, for each kind of event.

Rules cannot count percentiles (docs/rules.md, the allow-list), so they are counted here and noted as latency.workflow, which pairings read.
"""
