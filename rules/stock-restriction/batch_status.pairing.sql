/* ---
pairing: batch_status
title: Batches in stock, their status in SAP and what quality decided
key: [material, batch]
from: [pairing.batch_restriction, sap.batch, sap.inspection_lot, qms.batch, qms.hold]
workflow: stock-restriction
settle: 1h
local: batch
params:
  conditional_restricts: true
evidence:
  - {table: sap.batch, match: {material: material, batch: batch}}
  - {table: sap.stock, match: {material: material, batch: batch}}
  - {table: qms.batch, match: {material: material, batch: batch}}
  - {table: qms.disposition, match: {material: material, batch: batch}}
messages:
  - {workflows: [quality-hold, usage-decision, stock-restriction, batch-record], match: {material: material, batch: batch}}
--- */
-- A rejected batch may be blocked or restricted, so nothing is asked of its status; what it asks of its stock is STK-002's.
-- Where batches are numbered by material one record serves every plant.
WITH sap_record AS (
    SELECT c.system,
           c.plant,
           b.material,
           b.batch,
           bool_or(b.restricted) AS restricted,
           bool_or(b.moving) AS moving,
           max(b.changed_at) AS changed_at,
           CASE
               WHEN min(b.problems) IS NOT NULL THEN concat('unreadable: ', min(b.problems))
               WHEN bool_or(b.ambiguous) OR bool_or(b.restricted) <> bool_and(b.restricted) THEN 'ambiguous: rows with equal keys differ'
           END AS not_evaluated
    FROM cut c
    JOIN sap.batch b ON b.system = c.system AND (b.plant = c.plant OR b.plant = '*')
    GROUP BY c.system, c.plant, b.material, b.batch
),
qms_record AS (
    SELECT c.system,
           c.plant,
           b.material,
           b.batch,
           bool_or(b.restricted) AS restricted,
           bool_or(b.moving) AS moving,
           max(b.changed_at) AS changed_at,
           CASE
               WHEN min(b.problems) IS NOT NULL THEN concat('unreadable: ', min(b.problems))
               WHEN bool_or(b.ambiguous) OR bool_or(b.restricted) <> bool_and(b.restricted) THEN 'ambiguous: rows with equal keys differ'
           END AS not_evaluated
    FROM cut c
    JOIN qms.batch b ON b.system = c.system AND (b.plant = c.plant OR b.plant = '*')
    GROUP BY c.system, c.plant, b.material, b.batch
),
-- What may keep an accepted batch restricted lawfully: a hold on any part of it, or a new inspection that has not ended.
kept_back AS (
    SELECT h.system, h.plant, h.material, h.batch, h.closed_at IS NULL OR h.closed_at > c.cut OR h.ambiguous OR h.problems IS NOT NULL AS stands, h.moving
    FROM qms.hold h
    JOIN cut c ON c.system = h.system AND c.plant = h.plant
    UNION ALL
    SELECT system, plant, material, batch, decision IS NULL OR ambiguous OR problems IS NOT NULL, moving
    FROM sap.inspection_lot
    WHERE NOT coalesce(cancelled, false) OR ambiguous
),
reason AS (
    SELECT system, plant, material, batch, bool_or(stands) AS stands, bool_or(moving) AS moving
    FROM kept_back
    WHERE batch IS NOT NULL
    GROUP BY system, plant, material, batch
)
SELECT r.system,
       r.plant,
       r.material,
       r.batch,
       greatest(s.changed_at, q.changed_at, r.qms_decided_at) AS changed_at,
       coalesce(s.not_evaluated, q.not_evaluated, r.qms_decision_not_evaluated) AS not_evaluated,
       r.not_evaluated AS stock_not_evaluated,
       s.restricted AS sap_restricted,
       r.sap_unrestricted,
       q.restricted AS qms_restricted,
       r.qms_decision,
       r.qms_decided_by,
       r.qms_decided_at,
       CASE
           WHEN q.restricted OR (r.qms_decision = 'conditional' AND p.conditional_restricts) THEN true
           WHEN r.qms_decision = 'accepted' OR r.qms_decision = 'conditional' THEN false
       END AS qms_asks_restriction,
       coalesce(k.stands, false) AS kept_back,
       r.unit,
       s.moving OR coalesce(q.moving, false) OR coalesce(r.qms_decision_moving, false) OR coalesce(k.moving, false) AS moving
FROM pairing.batch_restriction r
JOIN params p ON p.system = r.system AND p.plant = r.plant
JOIN sap_record s ON s.system = r.system AND s.plant = r.plant AND s.material = r.material AND s.batch = r.batch
LEFT JOIN qms_record q ON q.system = r.system AND q.plant = r.plant AND q.material = r.material AND q.batch = r.batch
LEFT JOIN reason k ON k.system = r.system AND k.plant = r.plant AND k.material = r.material AND k.batch = r.batch
WHERE q.batch IS NOT NULL OR r.qms_decision IS NOT NULL OR r.qms_decision_not_evaluated IS NOT NULL
