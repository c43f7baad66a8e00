/* ---
id: INT-006
title: Postings of a workflow took longer than its service level
over: workflow_latency
severity: medium
owner: interface-support
authority: '-'
judges: state
params:
  percentile: p95
  min_events: 20
rationale: What SAP learns late is planned, delivered and released without. An interface that slows down is seen here before anything of it is missing.
false_positives: A night on which an interface was down for maintenance is late once. Of fewer than 20 postings p95 is the slowest one, so that a single straggler would be the workflow's; `min_events` leaves such nights out. Events that the MES sends in bundles, or holds back until a shift ends, need a service level of their own. Where nothing that SAP posts quotes the event, such as a hold's number, the workflow is not judged.
correction: Look at the interface and its queue; agree on another service level in recon.toml where the workflow is meant to be slower.
since: 1
--- */
SELECT w.system,
       w.plant,
       w.workflow,
       w.changed_at,
       w.not_evaluated,
       w.since AS recon_since,
       w.until AS recon_until,
       w.events AS recon_events,
       w.p50 AS recon_p50_minutes,
       w.p95 AS recon_p95_minutes,
       w.slowest AS recon_max_minutes,
       w.service_level AS recon_service_level_minutes,
       w.reference AS recon_slowest_reference,
       CAST(CASE p.percentile WHEN 'p50' THEN w.p50 WHEN 'max' THEN w.slowest ELSE w.p95 END - w.service_level AS DECIMAL(18, 6)) AS difference,
       CAST(CASE p.percentile WHEN 'p50' THEN w.p50 WHEN 'max' THEN w.slowest ELSE w.p95 END AS DECIMAL(18, 6)) AS quantity,
       'MIN' AS unit,
       false AS in_flight
FROM pairing.workflow_latency w
JOIN params p ON p.system = w.system AND p.plant = w.plant
WHERE w.not_evaluated IS NOT NULL
   OR (w.events >= p.min_events AND CASE p.percentile WHEN 'p50' THEN w.p50 WHEN 'max' THEN w.slowest ELSE w.p95 END > w.service_level)
