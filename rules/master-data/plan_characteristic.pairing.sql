/* ---
pairing: plan_characteristic
title: Inspection characteristics of the materials that the quality system has plans for
key: [material, characteristic]
from: [sap.characteristic, qms.characteristic, qms.crosswalk]
workflow: master-data
settle: 24h
local: material
evidence:
  - {table: sap.characteristic, match: {material: material, characteristic: characteristic}, where: lot IS NULL}
  - {table: qms.characteristic, match: {material: material}, where: lot IS NULL}
--- */
-- Characteristics of plans as they are valid today; what was copied to a lot is its own. Names of the quality system are SAP's by the crosswalk, or the same.
WITH named AS (
    SELECT cut.system, cut.plant, x.code, CASE WHEN min(x.canonical_code) = max(x.canonical_code) THEN min(x.canonical_code) END AS canonical_code
    FROM cut
    JOIN qms.crosswalk x ON x.system = cut.system AND (x.plant = cut.plant OR x.plant = '*')
    WHERE x.code_list = 'characteristic'
    GROUP BY cut.system, cut.plant, x.code
),
told AS (
    SELECT 'sap' AS side, s.system, s.plant, s.material, s.characteristic, s.kind, s.unit, s.target, s.lower_limit, s.upper_limit, s.sample_size, s.transferred,
           s.valid_from, s.valid_to, s.changed_at, s.problems, s.ambiguous, s.moving
    FROM sap.characteristic s
    WHERE s.lot IS NULL
    UNION ALL
    SELECT 'qms', q.system, q.plant, q.material, coalesce(n.canonical_code, q.characteristic), q.kind, q.unit, q.target, q.lower_limit, q.upper_limit, q.sample_size,
           q.transferred, q.valid_from, q.valid_to, q.changed_at, q.problems, q.ambiguous, q.moving
    FROM qms.characteristic q
    LEFT JOIN named n ON n.system = q.system AND n.plant = q.plant AND n.code = q.characteristic
    WHERE q.lot IS NULL
),
today AS (
    SELECT t.*
    FROM told t
    JOIN cut ON cut.system = t.system AND cut.plant = t.plant
    WHERE (t.valid_from IS NULL OR t.valid_from <= cut.day) AND (t.valid_to IS NULL OR t.valid_to >= cut.day)
),
planned AS (
    SELECT DISTINCT system, plant, material FROM today WHERE side = 'qms'
),
summed AS (
    SELECT t.system,
           t.plant,
           t.side,
           t.material,
           t.characteristic,
           max(t.changed_at) AS changed_at,
           min(t.kind) AS kind,
           min(t.unit) AS unit,
           min(t.target) AS target,
           min(t.lower_limit) AS lower_limit,
           min(t.upper_limit) AS upper_limit,
           min(t.sample_size) AS sample_size,
           bool_and(NOT coalesce(t.transferred, true)) AS stays,
           -- Two plans of one side that say different things cannot both be right.
           count(DISTINCT concat(t.kind, '/', t.unit, '/', CAST(t.target AS VARCHAR), '/', CAST(t.lower_limit AS VARCHAR), '/', CAST(t.upper_limit AS VARCHAR))) > 1
               OR bool_or(t.ambiguous) AS ambiguous,
           min(t.problems) AS problems,
           bool_or(t.moving) AS moving
    FROM today t
    JOIN planned p ON p.system = t.system AND p.plant = t.plant AND p.material = t.material
    GROUP BY t.system, t.plant, t.side, t.material, t.characteristic
),
key AS (
    SELECT DISTINCT system, plant, material, characteristic FROM summed
)
SELECT k.system,
       k.plant,
       k.material,
       k.characteristic,
       greatest(s.changed_at, q.changed_at) AS changed_at,
       CASE
           WHEN s.problems IS NOT NULL OR q.problems IS NOT NULL THEN concat('unreadable: ', coalesce(s.problems, q.problems))
           WHEN s.ambiguous OR q.ambiguous THEN 'ambiguous: plans of one system differ'
       END AS not_evaluated,
       s.material IS NOT NULL AS in_sap,
       q.material IS NOT NULL AS in_qms,
       s.kind AS sap_kind,
       s.unit AS sap_unit,
       s.target AS sap_target,
       s.lower_limit AS sap_lower_limit,
       s.upper_limit AS sap_upper_limit,
       s.sample_size AS sap_sample_size,
       q.kind AS qms_kind,
       q.unit AS qms_unit,
       q.target AS qms_target,
       q.lower_limit AS qms_lower_limit,
       q.upper_limit AS qms_upper_limit,
       q.sample_size AS qms_sample_size,
       q.stays AS qms_stays,
       coalesce(s.moving, false) OR coalesce(q.moving, false) AS moving
FROM key k
LEFT JOIN summed s ON s.side = 'sap' AND s.system = k.system AND s.plant = k.plant AND s.material = k.material AND s.characteristic IS NOT DISTINCT FROM k.characteristic
LEFT JOIN summed q ON q.side = 'qms' AND q.system = k.system AND q.plant = k.plant AND q.material = k.material AND q.characteristic IS NOT DISTINCT FROM k.characteristic
