/* ---
pairing: partial_hold
title: Batches of which quality holds a part, and what of them is restricted in SAP
key: [material, batch]
from: [qms.hold, sap.stock, sap.handling_unit, sap.unit_conversion]
workflow: stock-restriction
settle: 1h
local: batch
params:
  restricted_use_suffices: true
evidence:
  - {table: qms.hold, match: {material: material, batch: batch}}
  - {table: sap.stock, match: {material: material, batch: batch}}
  - {table: sap.handling_unit, match: {material: material, batch: batch}}
  - {table: sap.inspection_lot, match: {material: material, batch: batch}}
--- */
WITH conversion AS (
    SELECT system, material, unit, CASE WHEN min(factor) = max(factor) THEN min(factor) END AS factor, min(base_unit) AS base_unit,
           bool_or(nominal) AS nominal
    FROM sap.unit_conversion
    GROUP BY system, material, unit
),
-- What a container holds of a batch, in the base unit.
container AS (
    SELECT u.system,
           u.handling_unit,
           u.material,
           u.batch,
           sum(CASE WHEN abs(u.quantity * v.factor) < 1000000000000 THEN CAST(u.quantity * v.factor AS DECIMAL(18, 6)) END) AS quantity,
           bool_or(u.problems IS NOT NULL OR u.ambiguous OR u.quantity IS NULL OR v.factor IS NULL OR coalesce(v.nominal, false)
                   OR abs(u.quantity * v.factor) >= 1000000000000) AS unclear
    FROM sap.handling_unit u
    LEFT JOIN conversion v ON v.system = u.system AND v.material = u.material AND v.unit = u.unit
    GROUP BY u.system, u.handling_unit, u.material, u.batch
),
-- Each open hold on a part, and how much that is. One of scope quantity that names none holds all; a location holds what lies there; a serial number is one piece.
held AS (
    SELECT h.system,
           h.plant,
           h.material,
           h.batch,
           h.hold_id,
           h.scope,
           h.opened_at,
           h.reason,
           h.owner,
           h.changed_at,
           CASE WHEN h.scope = 'location' THEN h.storage_location END AS storage_location,
           -- Two holds on one container or serial number are one part.
           CASE WHEN h.scope = 'container' AND h.handling_unit IS NOT NULL THEN concat('container ', h.handling_unit)
                WHEN h.scope = 'serial' AND h.serial_no IS NOT NULL THEN concat('serial ', h.serial_no)
                ELSE concat('hold ', h.hold_id) END AS part,
           h.scope = 'quantity' AND h.quantity IS NULL AS everything,
           CASE
               WHEN h.scope = 'location' AND h.storage_location IS NOT NULL THEN 0
               WHEN h.quantity IS NOT NULL THEN CASE WHEN abs(h.quantity * v.factor) < 1000000000000 THEN CAST(h.quantity * v.factor AS DECIMAL(18, 6)) END
               WHEN h.scope = 'container' THEN u.quantity
               WHEN h.scope = 'serial' THEN 1
               WHEN h.scope = 'quantity' THEN 0
           END AS quantity,
           CASE WHEN h.closed_at <= h.changed_at OR h.opened_at IS NULL THEN h.moving ELSE h.opened_at > c.settled_until END AS moving,
           CASE
               WHEN h.problems IS NOT NULL THEN concat('unreadable: ', h.problems)
               WHEN h.ambiguous THEN 'ambiguous: rows with equal keys differ'
               WHEN h.scope = 'location' AND h.storage_location IS NOT NULL THEN NULL
               WHEN h.scope = 'location' AND h.quantity IS NULL THEN concat('hold ', h.hold_id, ' names no storage location')
               WHEN h.quantity IS NOT NULL AND v.factor IS NULL THEN concat('no conversion from ', coalesce(h.unit, 'no unit'), ' for ', h.material)
               WHEN h.quantity IS NOT NULL AND v.nominal THEN concat('only an average converts ', h.unit, ' to ', v.base_unit, ' for ', h.material)
               WHEN abs(h.quantity * v.factor) >= 1000000000000 THEN concat('unreadable: ', h.quantity, ' ', h.unit, ' is more than a quantity can be')
               WHEN h.quantity IS NULL AND h.scope = 'container' AND coalesce(u.unclear, true)
                   THEN concat('nobody says how much container ', coalesce(h.handling_unit, 'without a number'), ' holds')
           END AS not_evaluated
    FROM qms.hold h
    JOIN cut c ON c.system = h.system AND c.plant = h.plant
    LEFT JOIN conversion v ON v.system = h.system AND v.material = h.material AND v.unit = h.unit
    LEFT JOIN container u ON u.system = h.system AND u.handling_unit = h.handling_unit AND u.material = h.material AND u.batch = h.batch
    WHERE (h.closed_at IS NULL OR h.closed_at > c.cut) AND (h.scope <> 'batch' OR h.problems IS NOT NULL)
),
part AS (
    SELECT system, plant, material, batch, part, max(quantity) AS quantity, CASE WHEN bool_or(NOT moving) THEN max(quantity) FILTER (WHERE NOT moving) ELSE 0 END AS settled
    FROM held
    GROUP BY system, plant, material, batch, part
),
asked AS (
    SELECT system, plant, material, batch, sum(quantity) AS quantity, sum(settled) AS settled
    FROM part
    GROUP BY system, plant, material, batch
),
hold AS (
    SELECT system,
           plant,
           material,
           batch,
           min_by(hold_id, concat(coalesce(CAST(opened_at AS VARCHAR), '9999'), hold_id)) AS hold_id,
           min_by(scope, concat(coalesce(CAST(opened_at AS VARCHAR), '9999'), hold_id)) AS scope,
           nullif(min_by(coalesce(reason, ''), concat(coalesce(CAST(opened_at AS VARCHAR), '9999'), hold_id)), '') AS reason,
           nullif(min_by(coalesce(owner, ''), concat(coalesce(CAST(opened_at AS VARCHAR), '9999'), hold_id)), '') AS owner,
           count(*) AS holds,
           bool_or(everything) AS everything,
           bool_or(everything AND NOT moving) AS everything_settled,
           max(changed_at) AS changed_at,
           min(not_evaluated) AS not_evaluated
    FROM held
    GROUP BY system, plant, material, batch
),
location AS (
    SELECT system, plant, material, batch, storage_location, bool_or(NOT moving) AS settled
    FROM held
    WHERE storage_location IS NOT NULL
    GROUP BY system, plant, material, batch, storage_location
),
lying AS (
    SELECT s.system,
           s.plant,
           s.material,
           s.batch,
           s.storage_location,
           s.quantity,
           s.unit,
           s.changed_at,
           s.problems,
           s.ambiguous,
           s.moving,
           s.quantity > 0 AND (s.stock_type = '01' OR (s.stock_type = '08' AND NOT p.restricted_use_suffices)) AS offered,
           s.stock_type IN ('02', '03', '07') OR (s.stock_type = '08' AND p.restricted_use_suffices) AS restricted,
           l.storage_location IS NOT NULL AS held_here,
           l.settled AS held_here_settled
    FROM sap.stock s
    JOIN params p ON p.system = s.system AND p.plant = s.plant
    LEFT JOIN location l ON l.system = s.system AND l.plant = s.plant AND l.material = s.material AND l.batch = s.batch AND l.storage_location = s.storage_location
    WHERE s.batch IS NOT NULL
),
kept AS (
    SELECT system,
           plant,
           material,
           batch,
           coalesce(sum(quantity) FILTER (WHERE offered), 0) AS available,
           coalesce(sum(quantity) FILTER (WHERE offered AND NOT moving), 0) AS available_settled,
           coalesce(sum(quantity) FILTER (WHERE offered AND held_here), 0) AS available_here,
           coalesce(sum(quantity) FILTER (WHERE offered AND held_here_settled AND NOT moving), 0) AS available_here_settled,
           coalesce(sum(quantity) FILTER (WHERE restricted), 0) AS restricted,
           -- What is restricted at a held location is no answer to a hold on a part elsewhere.
           coalesce(sum(quantity) FILTER (WHERE restricted AND NOT held_here), 0) AS restricted_elsewhere,
           min(storage_location) FILTER (WHERE offered) AS first_place,
           max(storage_location) FILTER (WHERE offered) AS last_place,
           min(storage_location) FILTER (WHERE offered AND held_here) AS first_place_here,
           max(storage_location) FILTER (WHERE offered AND held_here) AS last_place_here,
           min(unit) AS unit,
           max(changed_at) AS changed_at,
           CASE
               WHEN min(problems) IS NOT NULL THEN concat('unreadable: ', min(problems))
               WHEN bool_or(ambiguous) THEN 'ambiguous: rows with equal keys differ'
           END AS not_evaluated
    FROM lying
    GROUP BY system, plant, material, batch
)
SELECT h.system,
       h.plant,
       h.material,
       h.batch,
       greatest(h.changed_at, k.changed_at) AS changed_at,
       coalesce(k.not_evaluated, h.not_evaluated) AS not_evaluated,
       h.hold_id AS qms_hold_id,
       h.scope AS qms_scope,
       h.reason AS qms_reason,
       h.owner AS qms_owner,
       h.holds AS qms_holds,
       CASE WHEN h.everything THEN greatest(a.quantity, k.available + k.restricted) ELSE a.quantity END AS qms_quantity,
       k.restricted AS sap_restricted,
       k.available AS sap_available,
       k.available > 0 OR k.not_evaluated IS NOT NULL AS stock_may_be_offered,
       -- Where locations alone are held it is theirs; any other part may lie wherever the batch does.
       CASE
           WHEN a.quantity = 0 AND NOT h.everything THEN CASE WHEN k.first_place_here = k.last_place_here THEN k.first_place_here END
           WHEN k.first_place = k.last_place THEN k.first_place
       END AS sap_place,
       k.unit,
       greatest(k.available_here, CASE WHEN h.everything THEN k.available ELSE least(k.available, a.quantity - k.restricted_elsewhere) END) AS missing,
       greatest(k.available_here_settled,
                CASE WHEN h.everything_settled THEN k.available_settled ELSE least(k.available_settled, a.settled - k.restricted_elsewhere) END) AS missing_settled
FROM hold h
JOIN asked a ON a.system = h.system AND a.plant = h.plant AND a.material = h.material AND a.batch = h.batch
LEFT JOIN kept k ON k.system = h.system AND k.plant = h.plant AND k.material = h.material AND k.batch = h.batch
