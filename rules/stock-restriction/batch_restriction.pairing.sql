/* ---
pairing: batch_restriction
title: Batches in stock and what quality says of them
key: [material, batch]
from: [sap.stock, sap.inspection_lot, qms.hold, qms.disposition]
workflow: stock-restriction
settle: 1h
local: batch
params:
  restricted_use_suffices: true
evidence:
  - {table: sap.stock, match: {material: material, batch: batch}}
  - {table: sap.inspection_lot, match: {material: material, batch: batch}}
  - {table: qms.hold, match: {material: material, batch: batch}}
  - {table: qms.disposition, match: {material: material, batch: batch}}
--- */
-- Restricted use (08) is not blocked: whether it is restriction enough for a held or rejected batch is the site's to say.
WITH kept AS (
    SELECT s.system,
           s.plant,
           s.material,
           s.batch,
           -- A location below zero gives nothing back to those above it.
           coalesce(sum(greatest(s.quantity, 0)) FILTER (WHERE s.stock_type = '01'), 0) AS unrestricted,
           coalesce(sum(s.quantity) FILTER (WHERE s.stock_type IN ('07', '08')), 0) AS restricted,
           coalesce(sum(s.quantity) FILTER (WHERE s.stock_type = '02'), 0) AS in_inspection,
           coalesce(sum(greatest(s.quantity, 0)) FILTER (WHERE s.stock_type = '01' OR (s.stock_type = '08' AND NOT p.restricted_use_suffices)), 0) AS available,
           coalesce(sum(greatest(s.quantity, 0)) FILTER (WHERE (s.stock_type = '01' OR (s.stock_type = '08' AND NOT p.restricted_use_suffices)) AND NOT s.moving), 0)
               AS available_settled,
           min(s.storage_location) FILTER (WHERE s.stock_type = '01' OR (s.stock_type = '08' AND NOT p.restricted_use_suffices)) AS place,
           min(s.unit) AS unit,
           max(s.changed_at) AS changed_at,
           min(s.problems) AS problems,
           bool_or(s.ambiguous) AS ambiguous
    FROM sap.stock s
    -- A stock row that belongs to no plant that can be judged is nobody's question tonight.
    JOIN params p ON p.system = s.system AND p.plant = s.plant
    WHERE s.batch IS NOT NULL
    GROUP BY s.system, s.plant, s.material, s.batch
),
-- Holds on a container, a serial or a part of the quantity do not ask for the whole batch to be restricted.
-- The oldest open hold is shown; a hold without a time of opening is a hold all the same, and one whose end is planned is open until then.
held AS (
    SELECT h.system,
           h.plant,
           h.material,
           h.batch,
           min_by(hold_id, concat(coalesce(CAST(opened_at AS VARCHAR), '9999'), hold_id)) AS hold_id,
           nullif(min_by(coalesce(reason, ''), concat(coalesce(CAST(opened_at AS VARCHAR), '9999'), hold_id)), '') AS reason,
           nullif(min_by(coalesce(owner, ''), concat(coalesce(CAST(opened_at AS VARCHAR), '9999'), hold_id)), '') AS owner,
           min(opened_at) AS opened_at,
           max(changed_at) AS changed_at,
           -- What was edited just now was held before; only a hold that was placed just now, or has just ended, gives SAP time to follow.
           bool_and(CASE WHEN h.closed_at <= h.changed_at OR h.opened_at IS NULL THEN h.moving ELSE h.opened_at > c.settled_until END) AS moving,
           CASE
               WHEN min(problems) IS NOT NULL THEN concat('unreadable: ', min(problems))
               WHEN bool_or(ambiguous) THEN 'ambiguous: rows with equal keys differ'
           END AS not_evaluated
    FROM qms.hold h
    JOIN cut c ON c.system = h.system AND c.plant = h.plant
    WHERE (h.closed_at IS NULL OR h.closed_at > c.cut) AND (h.scope = 'batch' OR h.problems IS NOT NULL)
    GROUP BY h.system, h.plant, h.material, h.batch
),
-- What quality decided, in its own system and in SAP: the newest decision of each is in force.
decision AS (
    SELECT 'qms' AS side, system, plant, material, batch, CAST(NULL AS VARCHAR) AS lot, decision, decided_by, decided_at, changed_at, moving, problems, ambiguous
    FROM qms.disposition
    -- An assessment is of what was made from another batch, and a decision on a container or serial is none on the batch.
    WHERE (coalesce(kind, 'disposition') <> 'assessment' AND handling_unit IS NULL AND serial_no IS NULL) OR problems IS NOT NULL
    UNION ALL
    SELECT 'sap', system, plant, material, batch, lot, decision, NULL, decided_at, decided_at, moving, problems, ambiguous
    FROM sap.inspection_lot
    WHERE (decision IS NOT NULL AND (NOT coalesce(cancelled, false) OR ambiguous)) OR problems IS NOT NULL
),
newest AS (
    SELECT side,
           system,
           plant,
           material,
           batch,
           max(decided_at) AS decided_at,
           max(changed_at) AS changed_at,
           min(problems) AS problems,
           bool_or(ambiguous) AS ambiguous,
           count(*) > 1 AND count(*) > count(decided_at) AS undated
    FROM decision
    GROUP BY side, system, plant, material, batch
),
decided AS (
    SELECT n.side,
           n.system,
           n.plant,
           n.material,
           n.batch,
           n.decided_at,
           n.changed_at,
           max(d.decision) AS decision,
           max(d.lot) AS lot,
           max(d.decided_by) AS decided_by,
           bool_and(d.moving) AS moving,
           CASE
               WHEN n.problems IS NOT NULL THEN concat('unreadable: ', n.problems)
               WHEN n.ambiguous THEN 'ambiguous: rows with equal keys differ'
               WHEN n.undated THEN 'ambiguous: one of several decisions has no date'
               WHEN count(DISTINCT d.decision) > 1 THEN 'ambiguous: decisions of one moment differ'
           END AS not_evaluated
    FROM newest n
    JOIN decision d
      ON d.side = n.side AND d.system = n.system AND d.plant = n.plant AND d.material = n.material AND d.batch = n.batch
         AND d.decided_at IS NOT DISTINCT FROM n.decided_at
    GROUP BY n.side, n.system, n.plant, n.material, n.batch, n.decided_at, n.changed_at, n.problems, n.ambiguous, n.undated
)
SELECT k.system,
       k.plant,
       k.material,
       k.batch,
       greatest(k.changed_at, h.changed_at, d.changed_at, l.changed_at) AS changed_at,
       CASE
           WHEN k.problems IS NOT NULL THEN concat('unreadable: ', k.problems)
           WHEN k.ambiguous THEN 'ambiguous: rows with equal keys differ'
       END AS not_evaluated,
       -- What cannot be read of holds says nothing against a decision that can be, nor one decision against a clear rejection by the other.
       h.not_evaluated AS hold_not_evaluated,
       CASE
           WHEN d.not_evaluated IS NULL AND d.decision = 'rejected' THEN NULL
           WHEN l.not_evaluated IS NULL AND l.decision = 'rejected' THEN NULL
           ELSE coalesce(d.not_evaluated, l.not_evaluated)
       END AS decision_not_evaluated,
       d.not_evaluated AS qms_decision_not_evaluated,
       k.unrestricted AS sap_unrestricted,
       k.available AS sap_available,
       k.available_settled AS sap_available_settled,
       k.restricted AS sap_restricted,
       k.in_inspection AS sap_in_inspection,
       k.place AS sap_place,
       k.unit,
       l.lot AS sap_lot,
       l.decision AS sap_decision,
       l.decided_at AS sap_decided_at,
       l.moving AS sap_decision_moving,
       h.hold_id AS qms_hold_id,
       h.reason AS qms_reason,
       h.owner AS qms_owner,
       h.opened_at AS qms_opened_at,
       h.moving AS qms_hold_moving,
       d.decision AS qms_decision,
       d.decided_by AS qms_decided_by,
       d.decided_at AS qms_decided_at,
       d.moving AS qms_decision_moving
FROM kept k
LEFT JOIN held h ON h.system = k.system AND h.plant = k.plant AND h.material = k.material AND h.batch = k.batch
LEFT JOIN decided d ON d.side = 'qms' AND d.system = k.system AND d.plant = k.plant AND d.material = k.material AND d.batch = k.batch
LEFT JOIN decided l ON l.side = 'sap' AND l.system = k.system AND l.plant = k.plant AND l.material = k.material AND l.batch = k.batch
