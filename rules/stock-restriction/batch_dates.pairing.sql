/* ---
pairing: batch_dates
title: Batches that SAP and another system know, and their dates
key: [material, batch]
from: [sap.batch, qms.batch, mes.batch]
workflow: batch-record
settle: 4h
local: batch
evidence:
  - {table: sap.batch, match: {material: material, batch: batch}}
  - {table: qms.batch, match: {material: material, batch: batch}}
  - {table: mes.batch, match: {material: material, batch: batch}}
messages:
  - {match: {material: material, batch: batch}}
--- */
-- Where batches are numbered by material one record serves every plant. What SAP has marked for deletion is compared no more.
WITH told AS (
    SELECT 'sap' AS side, system, plant, material, batch, produced_on, expires_on, retest_on, changed_at, moving, problems, ambiguous
    FROM sap.batch
    WHERE NOT coalesce(deletion_flag, false) OR ambiguous
    UNION ALL
    SELECT 'qms', system, plant, material, batch, produced_on, expires_on, retest_on, changed_at, moving, problems, ambiguous
    FROM qms.batch
    UNION ALL
    SELECT 'mes', system, plant, material, batch, produced_on, expires_on, retest_on, changed_at, moving, problems, ambiguous
    FROM mes.batch
),
record AS (
    SELECT t.side,
           c.system,
           c.plant,
           t.material,
           t.batch,
           min(t.produced_on) AS produced_on,
           min(t.expires_on) AS expires_on,
           min(t.retest_on) AS retest_on,
           max(t.changed_at) AS changed_at,
           bool_or(t.moving) AS moving,
           CASE
               WHEN min(t.problems) IS NOT NULL THEN concat('unreadable: ', min(t.problems))
               WHEN bool_or(t.ambiguous)
                    OR min(t.produced_on) <> max(t.produced_on) OR count(t.produced_on) NOT IN (0, count(*))
                    OR min(t.expires_on) <> max(t.expires_on) OR count(t.expires_on) NOT IN (0, count(*))
                    OR min(t.retest_on) <> max(t.retest_on) OR count(t.retest_on) NOT IN (0, count(*))
                   THEN 'ambiguous: rows with equal keys differ'
           END AS not_evaluated
    FROM cut c
    JOIN told t ON t.system = c.system AND (t.plant = c.plant OR t.plant = '*')
    WHERE t.batch IS NOT NULL
    GROUP BY t.side, c.system, c.plant, t.material, t.batch
)
SELECT s.system,
       s.plant,
       s.material,
       s.batch,
       greatest(s.changed_at, q.changed_at, m.changed_at) AS changed_at,
       coalesce(s.not_evaluated, q.not_evaluated, m.not_evaluated) AS not_evaluated,
       s.produced_on AS sap_produced_on,
       s.expires_on AS sap_expires_on,
       s.retest_on AS sap_retest_on,
       s.moving AS sap_moving,
       q.batch IS NOT NULL AS in_qms,
       q.produced_on AS qms_produced_on,
       q.expires_on AS qms_expires_on,
       q.retest_on AS qms_retest_on,
       q.moving AS qms_moving,
       m.batch IS NOT NULL AS in_mes,
       m.produced_on AS mes_produced_on,
       m.expires_on AS mes_expires_on,
       m.retest_on AS mes_retest_on,
       m.moving AS mes_moving
FROM record s
LEFT JOIN record q ON q.side = 'qms' AND q.system = s.system AND q.plant = s.plant AND q.material = s.material AND q.batch = s.batch
LEFT JOIN record m ON m.side = 'mes' AND m.system = s.system AND m.plant = s.plant AND m.material = s.material AND m.batch = s.batch
WHERE s.side = 'sap' AND (q.batch IS NOT NULL OR m.batch IS NOT NULL)
