/* ---
pairing: code_use
title: Codes that the MES and the quality system use
key: [side, code_list, code]
from: [sap.unit_conversion, mes.work_order, mes.operation, mes.confirmation, mes.activity, mes.movement, mes.component, mes.crosswalk, qms.nonconformance, qms.crosswalk]
optional: [qms.nonconformance, qms.crosswalk]
workflow: master-data
settle: 24h
local: code
evidence:
  - {table: mes.crosswalk, match: {code_list: code_list, code: code}}
  - {table: qms.crosswalk, match: {code_list: code_list, code: code}}
  - {table: mes.movement, match: {code: unit}}
  - {table: mes.component, match: {code: unit}}
  - {table: mes.work_order, match: {code: status}, where: closed IS NULL}
  - {table: mes.operation, match: {code: status}, where: finally_confirmed IS NULL}
  - {table: mes.confirmation, match: {code: reason}}
  - {table: mes.activity, match: {code: reason}}
  - {table: qms.nonconformance, match: {code: defect_code}}
--- */
-- A status is what recon reads itself: one that it does not know leaves the flags of its row empty, and no crosswalk helps. Units are SAP's own, or in the crosswalk.
WITH used AS (
    SELECT 'mes' AS side, 'unit' AS code_list, system, plant, unit AS code, changed_at, moving FROM mes.movement
    UNION ALL
    SELECT 'mes', 'unit', system, plant, catch_unit, changed_at, moving FROM mes.movement
    UNION ALL
    SELECT 'mes', 'unit', system, plant, unit, changed_at, moving FROM mes.component
    UNION ALL
    SELECT 'mes', 'status', system, plant, status, changed_at, moving FROM mes.work_order WHERE closed IS NULL
    UNION ALL
    SELECT 'mes', 'status', system, plant, status, changed_at, moving FROM mes.operation WHERE finally_confirmed IS NULL
    UNION ALL
    SELECT 'mes', 'reason', system, plant, reason, changed_at, moving FROM mes.confirmation
    UNION ALL
    SELECT 'mes', 'reason', system, plant, reason, changed_at, moving FROM mes.activity
    UNION ALL
    SELECT 'qms', 'defect', system, plant, defect_code, changed_at, moving FROM qms.nonconformance
),
summed AS (
    SELECT u.side, u.code_list, u.system, u.plant, u.code, max(u.changed_at) AS changed_at, count(*) AS uses, bool_and(u.moving) AS moving
    FROM used u
    JOIN cut ON cut.system = u.system AND cut.plant = u.plant
    WHERE u.code IS NOT NULL
    GROUP BY u.side, u.code_list, u.system, u.plant, u.code
),
entry AS (
    SELECT 'mes' AS side, * FROM mes.crosswalk
    UNION ALL
    SELECT 'qms', * FROM qms.crosswalk
),
meant AS (
    SELECT e.side,
           cut.system,
           cut.plant,
           e.code_list,
           e.code,
           min(e.canonical_code) AS canonical_code,
           min(coalesce(e.canonical_code, '')) <> max(coalesce(e.canonical_code, '')) OR bool_or(e.ambiguous) AS ambiguous,
           min(e.problems) AS problems
    FROM cut
    JOIN entry e ON e.system = cut.system AND (e.plant = cut.plant OR e.plant = '*')
    WHERE (e.valid_from IS NULL OR e.valid_from <= cut.day)
      AND (e.valid_to IS NULL OR e.valid_to >= cut.day)
    GROUP BY e.side, cut.system, cut.plant, e.code_list, e.code
),
translated AS (
    SELECT DISTINCT side, system, plant, code_list FROM meant
),
sap_unit AS (
    SELECT DISTINCT system, unit FROM sap.unit_conversion
)
SELECT u.system,
       u.plant,
       u.side,
       u.code_list,
       u.code,
       u.changed_at,
       CASE
           WHEN u.code_list = 'status' THEN NULL
           WHEN m.problems IS NOT NULL THEN concat('unreadable: ', m.problems)
           WHEN m.ambiguous THEN 'ambiguous: the crosswalk gives it two meanings'
       END AS not_evaluated,
       m.canonical_code,
       u.uses,
       t.code_list IS NOT NULL AS list_translated,
       u.code_list = 'status' OR (m.code IS NULL AND s.unit IS NULL) AS unknown,
       u.moving
FROM summed u
LEFT JOIN meant m ON m.side = u.side AND m.system = u.system AND m.plant = u.plant AND m.code_list = u.code_list AND m.code = u.code
LEFT JOIN translated t ON t.side = u.side AND t.system = u.system AND t.plant = u.plant AND t.code_list = u.code_list
LEFT JOIN sap_unit s ON u.code_list = 'unit' AND s.system = u.system AND s.unit = u.code
