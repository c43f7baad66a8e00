/* ---
pairing: resource_code
title: Names of resources that the MES and the quality system use
key: [side, resource]
from: [sap.resource, mes.operation, mes.work_order, mes.crosswalk, qms.nonconformance, qms.crosswalk]
optional: [qms.nonconformance, qms.crosswalk]
workflow: master-data
settle: 24h
local: resource
evidence:
  - {table: sap.resource, match: {resource: resource}}
  - {table: mes.crosswalk, match: {resource: code}, where: code_list = 'resource'}
  - {table: qms.crosswalk, match: {resource: code}, where: code_list = 'resource'}
  - {table: mes.operation, match: {resource: resource}}
  - {table: mes.work_order, match: {resource: resource}}
  - {table: qms.nonconformance, match: {resource: resource}}
--- */
WITH used AS (
    SELECT 'mes' AS side, system, plant, resource, changed_at, moving FROM mes.operation WHERE NOT coalesce(mes_only, false)
    UNION ALL
    SELECT 'mes', system, plant, resource, changed_at, moving FROM mes.work_order WHERE NOT coalesce(local, false)
    UNION ALL
    SELECT 'qms', system, plant, resource, changed_at, moving FROM qms.nonconformance
),
using_side AS (
    SELECT u.side, u.system, u.plant, u.resource, max(u.changed_at) AS changed_at, count(*) AS uses, bool_and(u.moving) AS moving
    FROM used u
    JOIN cut ON cut.system = u.system AND cut.plant = u.plant
    WHERE u.resource IS NOT NULL
    GROUP BY u.side, u.system, u.plant, u.resource
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
           e.code,
           min(e.canonical_code) AS canonical_code,
           bool_or(e.canonical_code IS NULL) AS meant_to_have_none,
           min(coalesce(e.canonical_code, '')) <> max(coalesce(e.canonical_code, '')) OR bool_or(e.ambiguous) AS ambiguous,
           min(e.problems) AS problems
    FROM cut
    JOIN entry e ON e.system = cut.system AND (e.plant = cut.plant OR e.plant = '*')
    WHERE e.code_list = 'resource'
      AND (e.valid_from IS NULL OR e.valid_from <= cut.day)
      AND (e.valid_to IS NULL OR e.valid_to >= cut.day)
    GROUP BY e.side, cut.system, cut.plant, e.code
),
kept AS (
    SELECT DISTINCT system, plant, resource FROM sap.resource
)
-- A name that SAP uses too needs no crosswalk.
SELECT u.system,
       u.plant,
       u.side,
       u.resource,
       u.changed_at,
       CASE
           WHEN m.problems IS NOT NULL THEN concat('unreadable: ', m.problems)
           WHEN m.ambiguous THEN 'ambiguous: the crosswalk gives it two names'
       END AS not_evaluated,
       m.canonical_code,
       u.uses,
       CASE
           WHEN m.code IS NULL AND own.resource IS NULL THEN 'no crosswalk'
           WHEN m.code IS NOT NULL AND NOT m.meant_to_have_none AND named.resource IS NULL THEN 'SAP has no resource of that name'
           ELSE 'known'
       END AS knowledge,
       u.moving
FROM using_side u
LEFT JOIN meant m ON m.side = u.side AND m.system = u.system AND m.plant = u.plant AND m.code = u.resource
LEFT JOIN kept own ON own.system = u.system AND own.plant = u.plant AND own.resource = u.resource
LEFT JOIN kept named ON named.system = u.system AND named.plant = u.plant AND named.resource = m.canonical_code
