-- How long postings took, by plant and workflow, over the last nights on which it was measured; what never had a posting is left out.
SELECT system, plant, workflow, until, events, p50, p95, slowest, reference, service_level
FROM latency
QUALIFY row_number() OVER (PARTITION BY system, plant, workflow ORDER BY until DESC) <= $nights AND sum(events) OVER (PARTITION BY system, plant, workflow) > 0
ORDER BY plant, workflow, system, until
