/* ---
pairing: workflow_latency
title: Workflows, and how long their postings took
key: [workflow]
from: [latency.workflow]
workflow: intake
settle: 0h
local: workflow
--- */
SELECT w.system,
       w.plant,
       w.workflow,
       w.changed_at,
       w.not_evaluated,
       w.since,
       w.until,
       w.events,
       w.p50,
       w.p95,
       w.slowest,
       w.reference,
       w.service_level
FROM latency.workflow w
JOIN cut ON cut.system = w.system AND cut.plant = w.plant
