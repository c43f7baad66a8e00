/* ---
pairing: descendant
title: Batches in stock that were made of a held or rejected one
key: [material, batch, ancestor_material, ancestor_batch]
from: [pairing.batch_restriction, trace.descendant, qms.hold, qms.disposition, sap.inspection_lot]
workflow: stock-restriction
settle: 1h
local: batch
evidence:
  - {table: sap.stock, match: {material: material, batch: batch}}
  - {table: qms.disposition, match: {material: material, batch: batch}}
  # What the batch was made of: the last step of the way from the ancestor, and the whole of it where it is one step.
  - {table: sap.genealogy_link, match: {material: output_material, batch: output_batch}}
  - {table: mes.genealogy_link, match: {material: output_material, batch: output_batch}}
  - {table: qms.hold, match: {ancestor_material: material, ancestor_batch: batch}}
  - {table: qms.disposition, match: {ancestor_material: material, ancestor_batch: batch}}
  - {table: sap.inspection_lot, match: {ancestor_material: material, ancestor_batch: batch}}
--- */
-- An ancestor may be another plant's, also of one that cannot be judged tonight: its holds are held to the earliest cut of the system.
WITH moment AS (
    SELECT system, min(cut) AS cut, min(settled_until) AS settled_until
    FROM cut
    GROUP BY system
),
held AS (
    SELECT h.system,
           h.plant,
           h.material,
           h.batch,
           min_by(h.hold_id, concat(coalesce(CAST(h.opened_at AS VARCHAR), '9999'), h.hold_id)) AS hold_id,
           nullif(min_by(coalesce(h.reason, ''), concat(coalesce(CAST(h.opened_at AS VARCHAR), '9999'), h.hold_id)), '') AS reason,
           min(h.opened_at) AS since,
           max(h.changed_at) AS changed_at,
           -- What was edited just now was held before; only a hold that was placed just now gives quality time to assess.
           bool_and(CASE WHEN h.closed_at <= h.changed_at OR h.opened_at IS NULL THEN h.moving ELSE h.opened_at > m.settled_until END) AS moving,
           CASE
               WHEN min(h.problems) IS NOT NULL THEN concat('unreadable: ', min(h.problems))
               WHEN bool_or(h.ambiguous) THEN 'ambiguous: rows with equal keys differ'
           END AS not_evaluated
    FROM qms.hold h
    JOIN moment m ON m.system = h.system
    WHERE (h.closed_at IS NULL OR h.closed_at > m.cut) AND (h.scope = 'batch' OR h.problems IS NOT NULL)
    GROUP BY h.system, h.plant, h.material, h.batch
),
-- What quality decided, in its own system and in SAP: the newest decision of each is in force, and of several at one moment a rejection.
decision AS (
    SELECT 'qms' AS side, system, plant, material, batch, decision, decided_at, changed_at, moving, problems, ambiguous
    FROM qms.disposition
    -- An assessment is of what was made from another batch, and a decision on a container or serial is none on the batch.
    WHERE (coalesce(kind, 'disposition') <> 'assessment' AND handling_unit IS NULL AND serial_no IS NULL) OR problems IS NOT NULL
    UNION ALL
    SELECT 'sap', system, plant, material, batch, decision, decided_at, changed_at, moving, problems, ambiguous
    FROM sap.inspection_lot
    WHERE (decision IS NOT NULL AND NOT coalesce(cancelled, false)) OR problems IS NOT NULL
),
decided AS (
    SELECT side,
           system,
           plant,
           material,
           batch,
           max_by(decision, concat(CAST(decided_at AS VARCHAR), '/', decision)) AS decision,
           max(decided_at) AS since,
           max(changed_at) AS changed_at,
           -- What was accepted before does not make a rejection of just now old.
           bool_and(moving OR decision IS DISTINCT FROM 'rejected') AS moving,
           CASE
               WHEN min(problems) IS NOT NULL THEN concat('unreadable: ', min(problems))
               WHEN bool_or(ambiguous) THEN 'ambiguous: rows with equal keys differ'
               WHEN count(*) > 1 AND count(*) > count(decided_at) THEN 'ambiguous: one of several decisions has no date'
           END AS not_evaluated
    FROM decision
    GROUP BY side, system, plant, material, batch
),
doubted AS (
    SELECT system, plant, material, batch, hold_id, reason, CAST(NULL AS VARCHAR) AS decision, since, changed_at, moving, not_evaluated
    FROM held
    UNION ALL
    SELECT system, plant, material, batch, NULL, NULL, decision, since, changed_at, moving, not_evaluated
    FROM decided
    WHERE decision = 'rejected' OR not_evaluated IS NOT NULL
),
ancestor AS (
    SELECT system,
           plant,
           material,
           batch,
           max(hold_id) AS hold_id,
           max(reason) AS reason,
           max(decision) FILTER (WHERE not_evaluated IS NULL) AS decision,
           min(since) FILTER (WHERE not_evaluated IS NULL) AS since,
           max(changed_at) AS changed_at,
           bool_and(moving) AS moving,
           -- What cannot be read says nothing against a hold or a rejection that can be.
           CASE WHEN count(*) = count(not_evaluated) THEN min(not_evaluated) END AS not_evaluated
    FROM doubted
    GROUP BY system, plant, material, batch
),
assessed AS (
    SELECT system,
           plant,
           material,
           batch,
           max(decided_at) AS decided_at,
           max_by(decision, decided_at) AS decision,
           max(changed_at) AS changed_at,
           CASE
               WHEN min(problems) IS NOT NULL THEN concat('unreadable: ', min(problems))
               WHEN bool_or(ambiguous) THEN 'ambiguous: rows with equal keys differ'
           END AS not_evaluated
    FROM qms.disposition
    WHERE kind = 'assessment' OR problems IS NOT NULL
    GROUP BY system, plant, material, batch
)
SELECT d.system,
       d.plant,
       d.material,
       d.batch,
       d.ancestor_material,
       d.ancestor_batch,
       max(greatest(d.changed_at, a.changed_at, r.changed_at, q.changed_at)) AS changed_at,
       coalesce(
           min(q.not_evaluated),
           CASE WHEN count(*) = count(a.not_evaluated) THEN min(a.not_evaluated) END,
           CASE WHEN count(*) = count(d.uncertain) THEN min(d.uncertain) END
       ) AS not_evaluated,
       min(r.not_evaluated) AS stock_not_evaluated,
       min(d.depth) AS depth,
       bool_and(d.moving) AS link_moving,
       max(r.sap_unrestricted) AS sap_unrestricted,
       max(r.sap_available) AS sap_available,
       max(r.sap_available_settled) AS sap_available_settled,
       max(r.sap_place) AS sap_place,
       max(r.unit) AS unit,
       max(a.hold_id) AS ancestor_hold_id,
       max(a.reason) AS ancestor_reason,
       max(a.decision) AS ancestor_decision,
       min(a.since) AS ancestor_since,
       bool_and(a.moving) AS ancestor_moving,
       -- Only who decides after it became known can have thought of it.
       bool_and(coalesce(q.decided_at >= a.since, q.decided_at IS NOT NULL)) AS assessed,
       max(q.decided_at) AS assessed_at
FROM trace.descendant d
JOIN cut c ON c.system = d.system AND c.plant = d.plant
JOIN ancestor a ON a.system = d.system AND a.plant = d.ancestor_plant AND a.material = d.ancestor_material AND a.batch = d.ancestor_batch
JOIN pairing.batch_restriction r ON r.system = d.system AND r.plant = d.plant AND r.material = d.material AND r.batch = d.batch
LEFT JOIN assessed q ON q.system = d.system AND q.plant = d.plant AND q.material = d.material AND q.batch = d.batch
GROUP BY d.system, d.plant, d.material, d.batch, d.ancestor_material, d.ancestor_batch
