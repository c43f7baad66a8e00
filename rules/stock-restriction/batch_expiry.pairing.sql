/* ---
pairing: batch_expiry
title: Batches in stock and how long they keep
key: [material, batch]
from: [sap.stock, sap.batch]
workflow: stock-restriction
settle: 1h
local: batch
params:
  restricted_use_suffices: true
  usable_on_expiry_day: true
evidence:
  - {table: sap.stock, match: {material: material, batch: batch}}
  - {table: sap.batch, match: {material: material, batch: batch}}
  - {table: sap.inspection_lot, match: {material: material, batch: batch}}
--- */
-- Restricted use (08) is not blocked: whether it is restriction enough for an expired batch is the site's to say.
WITH lying AS (
    SELECT s.*,
           -- A location below zero gives nothing back to those above it.
           s.quantity > 0 AND (s.stock_type = '01' OR (s.stock_type = '08' AND NOT p.restricted_use_suffices)) AS offered
    FROM sap.stock s
    JOIN params p ON p.system = s.system AND p.plant = s.plant
    WHERE s.batch IS NOT NULL
),
kept AS (
    SELECT system,
           plant,
           material,
           batch,
           coalesce(sum(quantity) FILTER (WHERE offered AND stock_type = '01'), 0) AS unrestricted,
           coalesce(sum(quantity) FILTER (WHERE offered), 0) AS available,
           bool_or(offered AND NOT moving) AS lies_still,
           min(storage_location) FILTER (WHERE offered) AS place,
           min(unit) AS unit,
           max(changed_at) AS changed_at,
           min(problems) AS problems,
           bool_or(ambiguous) AS ambiguous
    FROM lying
    GROUP BY system, plant, material, batch
),
-- Where batches are numbered by material one record serves every plant.
recorded AS (
    SELECT c.system,
           c.plant,
           b.material,
           b.batch,
           min(b.expires_on) AS expires_on,
           min(b.retest_on) AS retest_on,
           bool_or(b.expires_on < c.day OR (b.expires_on = c.day AND NOT p.usable_on_expiry_day)) AS expired,
           bool_and(b.moving) AS moving,
           max(b.changed_at) AS changed_at,
           CASE
               WHEN min(b.problems) IS NOT NULL THEN concat('unreadable: ', min(b.problems))
               WHEN bool_or(b.ambiguous) OR min(b.expires_on) <> max(b.expires_on) OR count(*) > count(b.expires_on) AND count(b.expires_on) > 0
                   THEN 'ambiguous: rows with equal keys differ'
           END AS not_evaluated
    FROM cut c
    JOIN params p ON p.system = c.system AND p.plant = c.plant
    JOIN sap.batch b ON b.system = c.system AND (b.plant = c.plant OR b.plant = '*')
    GROUP BY c.system, c.plant, b.material, b.batch
)
SELECT k.system,
       k.plant,
       k.material,
       k.batch,
       greatest(k.changed_at, r.changed_at) AS changed_at,
       CASE
           WHEN k.problems IS NOT NULL THEN concat('unreadable: ', k.problems)
           WHEN k.ambiguous THEN 'ambiguous: rows with equal keys differ'
           ELSE r.not_evaluated
       END AS not_evaluated,
       k.problems IS NOT NULL OR k.ambiguous AS stock_unclear,
       k.unrestricted AS sap_unrestricted,
       k.available AS sap_available,
       k.lies_still,
       k.place AS sap_place,
       k.unit,
       r.expires_on AS sap_expires_on,
       r.retest_on AS sap_retest_on,
       -- A record of which no date can be relied on may well be one of an expired batch.
       r.expired OR r.not_evaluated IS NOT NULL AS possibly_expired,
       r.moving AS sap_date_moving
FROM kept k
LEFT JOIN recorded r ON r.system = k.system AND r.plant = k.plant AND r.material = k.material AND r.batch = k.batch
