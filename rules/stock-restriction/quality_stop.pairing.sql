/* ---
pairing: quality_stop
title: Holds and rejections of batches, each with the time for which it was in force
key: [material, batch, side, reference]
from: [qms.hold, qms.disposition, sap.inspection_lot]
workflow: stock-restriction
settle: 1h
local: batch
--- */
-- side: hold, or of a rejection qms (its own decision) or sap (usage decision). reference: number of the hold, the decision or the lot.
-- since: NULL where nobody wrote it down; surely_since: from when on it was in force for certain. until: NULL, or when it ended.
WITH held AS (
    SELECT h.system,
           h.plant,
           h.material,
           h.batch,
           h.hold_id,
           CASE WHEN min(h.scope) = max(h.scope) THEN min(h.scope) END AS scope,
           min(h.handling_unit) AS handling_unit,
           min(h.serial_no) AS serial_no,
           min(h.storage_location) AS storage_location,
           min(h.bin) AS bin,
           min(h.reason) AS reason,
           min(h.owner) AS owner,
           CASE WHEN count(*) = count(h.opened_at) THEN min(h.opened_at) END AS since,
           max(coalesce(h.opened_at, h.changed_at)) AS surely_since,
           CASE WHEN count(*) = count(h.closed_at) THEN max(h.closed_at) END AS until,
           max(h.changed_at) AS changed_at,
           -- What was edited just now was held before; only a hold that was placed just now, or has just ended, gives the others time to follow.
           bool_and(CASE WHEN h.closed_at <= h.changed_at OR h.opened_at IS NULL THEN h.moving ELSE h.opened_at > c.settled_until END) AS moving,
           CASE
               WHEN min(h.problems) IS NOT NULL THEN concat('unreadable: ', min(h.problems))
               WHEN bool_or(h.ambiguous) THEN 'ambiguous: rows with equal keys differ'
           END AS not_evaluated
    FROM qms.hold h
    JOIN cut c ON c.system = h.system AND c.plant = h.plant
    GROUP BY h.system, h.plant, h.material, h.batch, h.hold_id
),
-- What quality decided, in its own system and in SAP: the newest decision of each is in force.
decision AS (
    SELECT 'qms' AS side, system, plant, material, batch, disposition_id AS reference, decision, decided_by, decided_at, changed_at, moving, problems, ambiguous
    FROM qms.disposition
    -- An assessment is of what was made from another batch or of what became of this one, and a decision on a container or serial is none on the batch.
    WHERE (coalesce(kind, 'disposition') <> 'assessment' AND handling_unit IS NULL AND serial_no IS NULL) OR problems IS NOT NULL
    UNION ALL
    SELECT 'sap', system, plant, material, batch, lot, decision, decided_by, decided_at, changed_at, moving, problems, ambiguous
    FROM sap.inspection_lot
    WHERE (decision IS NOT NULL AND NOT coalesce(cancelled, false)) OR problems IS NOT NULL
),
decided AS (
    SELECT d.side,
           d.system,
           d.plant,
           d.material,
           d.batch,
           d.reference,
           CASE WHEN min(d.decision) = max(d.decision) THEN min(d.decision) END AS decision,
           min(d.decided_by) AS decided_by,
           min(d.decided_at) AS decided_at,
           max(d.changed_at) AS changed_at,
           bool_and(d.moving) AS moving,
           min(d.problems) AS problems,
           bool_or(d.ambiguous) AS ambiguous
    FROM decision d
    JOIN cut c ON c.system = d.system AND c.plant = d.plant
    GROUP BY d.side, d.system, d.plant, d.material, d.batch, d.reference
),
-- What else was decided of the batch: the next decision ends a rejection; one of the same moment that says otherwise, or one without a date, leaves it unclear.
followed AS (
    SELECT d.side,
           d.system,
           d.plant,
           d.material,
           d.batch,
           d.reference,
           min(o.decided_at) FILTER (WHERE o.decided_at > d.decided_at) AS until,
           bool_or(o.decided_at = d.decided_at AND o.decision IS DISTINCT FROM d.decision) AS contradicted,
           bool_or(o.decided_at IS NULL OR d.decided_at IS NULL) AS undated
    FROM decided d
    JOIN decided o ON o.side = d.side AND o.system = d.system AND o.plant = d.plant AND o.material = d.material AND o.batch = d.batch AND o.reference <> d.reference
    GROUP BY d.side, d.system, d.plant, d.material, d.batch, d.reference
)
SELECT system,
       plant,
       material,
       batch,
       'hold' AS side,
       hold_id AS reference,
       changed_at,
       not_evaluated,
       scope,
       handling_unit,
       serial_no,
       storage_location,
       bin,
       reason,
       owner,
       since,
       surely_since,
       until,
       moving
FROM held
UNION ALL
SELECT d.system,
       d.plant,
       d.material,
       d.batch,
       d.side,
       d.reference,
       d.changed_at,
       CASE
           WHEN d.problems IS NOT NULL THEN concat('unreadable: ', d.problems)
           WHEN d.ambiguous THEN 'ambiguous: rows with equal keys differ'
           WHEN f.undated THEN 'ambiguous: one of several decisions has no date'
           WHEN f.contradicted THEN 'ambiguous: decisions of one moment differ'
       END,
       'batch',
       NULL,
       NULL,
       NULL,
       NULL,
       'rejected',
       d.decided_by,
       d.decided_at,
       coalesce(d.decided_at, d.changed_at),
       f.until,
       d.moving
FROM decided d
LEFT JOIN followed f
       ON f.side = d.side AND f.system = d.system AND f.plant = d.plant AND f.material = d.material AND f.batch = d.batch AND f.reference = d.reference
-- Where neither of two decisions rejects, nothing is stopped, whatever else they say.
WHERE d.decision = 'rejected' OR d.problems IS NOT NULL OR d.ambiguous
