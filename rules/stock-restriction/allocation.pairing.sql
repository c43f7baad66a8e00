/* ---
pairing: allocation
title: Batches that open deliveries, reservations and orders of SAP have allocated
key: [material, batch, delivery]
from: [pairing.quality_stop, sap.delivery_item, sap.reservation, sap.component, sap.work_order, sap.batch]
workflow: stock-restriction
settle: 1h
local: batch
params:
  lawful_movements: ["122", "161", "322", "323", "325", "331", "333", "335", "344", "350", "551", "553", "555"]
  usable_on_expiry_day: true
evidence:
  - {table: sap.delivery_item, match: {material: material, batch: batch, delivery: delivery}}
  - {table: sap.reservation, match: {material: material, batch: batch}}
  - {table: sap.component, match: {material: material, batch: batch}}
  - {table: sap.batch, match: {material: material, batch: batch}}
  - {table: sap.inspection_lot, match: {material: material, batch: batch}}
  - {table: qms.hold, match: {material: material, batch: batch}}
  - {table: qms.disposition, match: {material: material, batch: batch}}
messages:
  - {workflows: [quality-hold, stock-restriction], match: {material: material, batch: batch}, only_explain: true}
  - {workflows: [quality-hold, stock-restriction], behind: qms.hold, match: {hold_id: hold_id}, only_explain: true}
--- */
-- What no delivery has asked for (reservations, and components of orders) is one row of the batch, with an absent delivery.
WITH ordered AS (
    SELECT system,
           plant,
           order_no,
           bool_and(coalesce(technically_complete, false) OR coalesce(closed, false) OR coalesce(cancelled, false)) AS ended
    FROM sap.work_order
    GROUP BY system, plant, order_no
),
-- A movement that restricts, samples, scraps or returns the batch to its supplier is what is wanted of a held one; blocked stock is delivered for that alone.
allocated AS (
    SELECT system,
           plant,
           material,
           batch,
           delivery,
           concat(delivery, ' ', item_no) AS item,
           CAST(NULL AS VARCHAR) AS reservation,
           CAST(NULL AS VARCHAR) AS order_no,
           customer,
           planned_goods_issue_on AS wanted_on,
           quantity,
           unit,
           storage_location,
           handling_unit,
           serial_no,
           changed_at,
           problems,
           ambiguous
    FROM sap.delivery_item
    WHERE batch IS NOT NULL AND NOT coalesce(cancelled, false)
      AND ((NOT coalesce(goods_issued, false) AND coalesce(kind, 'outbound') IN ('outbound', 'transfer') AND coalesce(stock_type, '01') <> '07') OR problems IS NOT NULL)
    UNION ALL
    SELECT r.system,
           r.plant,
           r.material,
           r.batch,
           NULL,
           concat(r.reservation, ' ', r.item_no),
           r.reservation,
           NULL,
           r.customer,
           r.required_on,
           r.required_quantity - coalesce(r.withdrawn_quantity, 0),
           r.unit,
           r.storage_location,
           NULL,
           NULL,
           r.changed_at,
           r.problems,
           r.ambiguous
    FROM sap.reservation r
    JOIN params p ON p.system = r.system AND p.plant = r.plant
    WHERE r.batch IS NOT NULL AND NOT coalesce(r.deleted, false) AND NOT coalesce(r.final_issue, false)
      AND ((r.required_quantity > coalesce(r.withdrawn_quantity, 0) AND NOT coalesce(list_contains(p.lawful_movements, r.movement_type), false))
           OR r.problems IS NOT NULL)
    UNION ALL
    SELECT c.system,
           c.plant,
           c.material,
           c.batch,
           NULL,
           concat(c.order_no, ' ', c.reservation, ' ', c.item_no),
           c.reservation,
           c.order_no,
           NULL,
           c.required_on,
           c.required_quantity - coalesce(c.withdrawn_quantity, 0),
           c.unit,
           c.storage_location,
           NULL,
           NULL,
           c.changed_at,
           c.problems,
           c.ambiguous
    FROM sap.component c
    LEFT JOIN ordered o ON o.system = c.system AND o.plant = c.plant AND o.order_no = c.order_no
    WHERE c.batch IS NOT NULL AND NOT coalesce(c.deleted, false) AND NOT coalesce(c.final_issue, false) AND NOT coalesce(o.ended, false)
      AND NOT coalesce(c.by_product, false) AND NOT coalesce(c.co_product, false)
      AND (c.required_quantity > coalesce(c.withdrawn_quantity, 0) OR c.problems IS NOT NULL)
),
-- One row an item, whatever number of holds and rejections lie on the batch. A hold on a part of the quantity leaves the rest free.
one AS (
    SELECT a.system,
           a.plant,
           a.material,
           a.batch,
           a.delivery,
           a.item,
           min(a.reservation) AS reservation,
           min(a.order_no) AS order_no,
           min(a.customer) AS customer,
           min(a.wanted_on) AS wanted_on,
           max(a.quantity) AS quantity,
           max(a.unit) AS unit,
           greatest(max(a.changed_at), max(h.changed_at)) AS changed_at,
           CASE
               WHEN min(a.problems) IS NOT NULL THEN concat('unreadable: ', min(a.problems))
               WHEN bool_or(a.ambiguous) THEN 'ambiguous: rows with equal keys differ'
           END AS item_not_evaluated,
           count(*) FILTER (WHERE h.reference IS NOT NULL) > 0 AS touched,
           count(*) FILTER (WHERE h.reference IS NOT NULL AND h.not_evaluated IS NULL) > 0 AS stopped,
           min(h.not_evaluated) AS stop_not_evaluated,
           min(h.reference) FILTER (WHERE h.side = 'hold' AND h.not_evaluated IS NULL) AS hold_id,
           min(h.reference) FILTER (WHERE h.side = 'qms' AND h.not_evaluated IS NULL) AS decision,
           min(h.reference) FILTER (WHERE h.side = 'sap' AND h.not_evaluated IS NULL) AS lot
    FROM allocated a
    JOIN cut c ON c.system = a.system AND c.plant = a.plant
    LEFT JOIN pairing.quality_stop h
           ON h.system = a.system AND h.plant = a.plant AND h.material = a.material AND h.batch = a.batch AND (h.until IS NULL OR h.until > c.cut)
              AND (h.scope = 'batch' OR h.not_evaluated IS NOT NULL
                   OR (h.scope = 'container' AND h.handling_unit = a.handling_unit)
                   OR (h.scope = 'serial' AND h.serial_no = a.serial_no)
                   OR (h.scope = 'location' AND h.storage_location = a.storage_location AND h.bin IS NULL))
    GROUP BY a.system, a.plant, a.material, a.batch, a.delivery, a.item
),
-- Where batches are numbered by material one record serves every plant.
dated AS (
    SELECT c.system,
           c.plant,
           b.material,
           b.batch,
           min(b.expires_on) AS expires_on,
           max(b.changed_at) AS changed_at,
           CASE
               WHEN min(b.problems) IS NOT NULL THEN concat('unreadable: ', min(b.problems))
               WHEN bool_or(b.ambiguous) THEN 'ambiguous: rows with equal keys differ'
           END AS not_evaluated,
           bool_or(CASE WHEN p.usable_on_expiry_day THEN b.expires_on < c.day ELSE b.expires_on <= c.day END) AS expired
    FROM cut c
    JOIN params p ON p.system = c.system AND p.plant = c.plant
    JOIN sap.batch b ON b.system = c.system AND (b.plant = c.plant OR b.plant = '*')
    GROUP BY c.system, c.plant, b.material, b.batch
),
wanted AS (
    SELECT o.system,
           o.plant,
           o.material,
           o.batch,
           o.delivery,
           count(*) AS items,
           greatest(max(o.changed_at), max(d.changed_at)) AS changed_at,
           coalesce(sum(o.quantity) FILTER (WHERE o.stopped OR (d.not_evaluated IS NULL AND d.expired)), 0) AS quantity,
           max(o.unit) AS unit,
           min(o.reservation) FILTER (WHERE o.stopped OR d.expired) AS reservation,
           min(o.order_no) FILTER (WHERE o.stopped OR d.expired) AS order_no,
           min(o.customer) AS customer,
           min(o.wanted_on) FILTER (WHERE o.stopped OR d.expired) AS wanted_on,
           min(CASE WHEN d.expired THEN d.expires_on END) AS expired_on,
           min(o.hold_id) AS hold_id,
           min(o.decision) AS decision,
           min(o.lot) AS lot,
           min(o.item_not_evaluated) FILTER (WHERE o.touched OR d.expired) AS not_evaluated,
           coalesce(min(o.stop_not_evaluated), min(d.not_evaluated)) AS stop_not_evaluated
    FROM one o
    LEFT JOIN dated d ON d.system = o.system AND d.plant = o.plant AND d.material = o.material AND d.batch = o.batch
    GROUP BY o.system, o.plant, o.material, o.batch, o.delivery
)
SELECT w.system,
       w.plant,
       w.material,
       w.batch,
       w.delivery,
       w.changed_at,
       coalesce(w.not_evaluated, CASE WHEN w.quantity <= 0 THEN w.stop_not_evaluated END) AS not_evaluated,
       w.quantity,
       w.unit,
       w.items AS sap_items,
       w.customer AS sap_customer,
       w.wanted_on AS sap_wanted_on,
       w.reservation AS sap_reservation,
       w.order_no AS sap_order_no,
       w.expired_on AS sap_expired_on,
       w.lot AS sap_rejected_lot,
       w.decision AS qms_rejection,
       h.reference AS qms_hold_id,
       h.reason AS qms_reason,
       h.owner AS qms_owner,
       h.since AS qms_held_since
FROM wanted w
LEFT JOIN pairing.quality_stop h
       ON h.side = 'hold' AND h.system = w.system AND h.plant = w.plant AND h.material = w.material AND h.batch = w.batch AND h.reference = w.hold_id
