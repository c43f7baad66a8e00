/* ---
pairing: order_activity
title: Activity of the MES on an order that has ended in SAP, by its class
key: [order_no, activity_class]
from: [sap.work_order, mes.movement, mes.confirmation]
workflow: order-status
settle: 4h
local: order_no
params:
  order_types: [PP01, PI01]
evidence:
  - {table: sap.work_order, match: {order_no: order_no}}
  - {table: mes.movement, match: {order_no: order_no, activity_class: kind}}
  - {table: mes.confirmation, match: {order_no: order_no}}
--- */
-- The class is the kind of the movement, or confirmation. What counts is when the MES recorded it: only then could it be posted.
WITH sap_order AS (
    SELECT s.system,
           s.plant,
           s.order_no,
           min(s.problems) AS problems,
           bool_or(s.ambiguous) OR count(*) > 1 AS ambiguous,
           bool_or(s.order_type IS NULL) AS untyped,
           min(s.material) AS material,
           min(s.released_at) AS released_at,
           max(s.changed_at) AS changed_at,
           bool_or(s.technically_complete) AS technically_complete,
           -- Nothing can be posted to it any more.
           bool_or(s.closed OR s.locked OR s.cancelled) AS refused,
           bool_or((s.technically_complete AND s.technically_complete_at IS NULL)
                   OR (s.closed AND s.closed_at IS NULL)
                   OR (s.locked AND s.locked_at IS NULL)
                   OR (s.cancelled AND s.cancelled_at IS NULL)) AS undated,
           min(CASE WHEN s.technically_complete THEN s.technically_complete_at END) AS technically_complete_at,
           min(CASE WHEN s.closed THEN s.closed_at END) AS closed_at,
           min(CASE WHEN s.locked THEN s.locked_at END) AS locked_at,
           min(CASE WHEN s.cancelled THEN s.cancelled_at END) AS cancelled_at,
           bool_or(s.moving) AS moving
    FROM sap.work_order s
    JOIN params p ON p.system = s.system AND p.plant = s.plant
    WHERE s.order_type IS NULL OR list_contains(p.order_types, s.order_type)
    GROUP BY s.system, s.plant, s.order_no
),
ended AS (
    SELECT o.system,
           o.plant,
           o.order_no,
           o.problems,
           o.ambiguous,
           o.untyped,
           o.undated,
           o.material,
           o.released_at,
           o.moving,
           o.changed_at,
           -- The first end that is in force. Where nothing says when, all there is comes into question.
           CASE WHEN o.undated THEN TIMESTAMP '1900-01-01 00:00:00'
                ELSE least(coalesce(o.technically_complete_at, TIMESTAMP '9999-12-31 00:00:00'), coalesce(o.closed_at, TIMESTAMP '9999-12-31 00:00:00'), coalesce(o.locked_at, TIMESTAMP '9999-12-31 00:00:00'), coalesce(o.cancelled_at, TIMESTAMP '9999-12-31 00:00:00'))
           END AS ended_at,
           least(coalesce(o.closed_at, TIMESTAMP '9999-12-31 00:00:00'), coalesce(o.locked_at, TIMESTAMP '9999-12-31 00:00:00'), coalesce(o.cancelled_at, TIMESTAMP '9999-12-31 00:00:00')) AS refused_at
    FROM sap_order o
    WHERE o.technically_complete OR o.refused
),
-- Net of what was taken back: only what is left of an amount since the end is to be posted.
moved AS (
    SELECT m.system, m.plant, m.order_no, m.kind AS activity_class, m.material, m.batch, m.unit,
           sum(m.quantity) AS quantity,
           count(*) AS rows,
           min(m.changed_at) AS first_at,
           max(m.changed_at) AS last_at,
           bool_and(m.moving) AS moving,
           min(m.problems) AS problems,
           bool_or(m.ambiguous) AS ambiguous
    FROM mes.movement m
    JOIN ended e ON e.system = m.system AND e.plant = m.plant AND e.order_no = m.order_no
    WHERE m.kind IN ('consumption', 'output', 'by-product', 'scrap') AND m.changed_at > e.ended_at
    GROUP BY m.system, m.plant, m.order_no, m.kind, m.material, m.batch, m.unit
),
-- A confirmation that was taken back, and the row that does so, leave nothing to post, unless the first of them is older than the end.
confirmed AS (
    SELECT c.system, c.plant, c.order_no,
           count(*) AS rows,
           min(c.changed_at) AS first_at,
           max(c.changed_at) AS last_at,
           bool_and(c.moving) AS moving,
           min(c.problems) AS problems,
           bool_or(c.ambiguous) AS ambiguous
    FROM mes.confirmation c
    JOIN ended e ON e.system = c.system AND e.plant = c.plant AND e.order_no = c.order_no
    LEFT JOIN mes.confirmation b ON b.system = c.system AND b.plant = c.plant AND b.order_no = c.order_no AND b.confirmation = c.cancels
    WHERE c.changed_at > e.ended_at
      AND (c.ambiguous OR c.problems IS NOT NULL OR NOT coalesce(c.cancelled, false) OR (c.cancels IS NOT NULL AND coalesce(b.changed_at <= e.ended_at, true)))
    GROUP BY c.system, c.plant, c.order_no
),
activity AS (
    SELECT system, plant, order_no, activity_class, rows, first_at, last_at, moving, problems, ambiguous
    FROM moved
    WHERE quantity <> 0 OR problems IS NOT NULL OR ambiguous
    UNION ALL
    SELECT system, plant, order_no, 'confirmation', rows, first_at, last_at, moving, problems, ambiguous
    FROM confirmed
)
SELECT a.system,
       a.plant,
       a.order_no,
       a.activity_class,
       CASE WHEN max(e.changed_at) IS NULL THEN max(a.last_at) ELSE greatest(max(a.last_at), max(e.changed_at)) END AS changed_at,
       min(CASE
           WHEN e.problems IS NOT NULL OR a.problems IS NOT NULL THEN concat('unreadable: ', coalesce(e.problems, a.problems))
           WHEN e.ambiguous OR a.ambiguous THEN 'ambiguous: rows with equal keys differ'
           WHEN e.untyped THEN 'unreadable: no order type'
           WHEN e.undated THEN 'unreadable: nothing says when the order ended'
           WHEN e.released_at < cut.complete_from THEN 'before history'
       END) AS not_evaluated,
       min(e.material) AS sap_material,
       min(e.ended_at) AS sap_ended_at,
       max(a.last_at) > min(e.refused_at) AS sap_postings_refused,
       min(a.first_at) AS mes_first_at,
       max(a.last_at) AS mes_last_at,
       CAST(sum(a.rows) AS BIGINT) AS mes_rows,
       bool_and(a.moving) AS mes_moving,
       bool_or(e.moving) AS sap_moving
FROM activity a
JOIN ended e ON e.system = a.system AND e.plant = a.plant AND e.order_no = a.order_no
JOIN cut ON cut.system = a.system AND cut.plant = a.plant
GROUP BY a.system, a.plant, a.order_no, a.activity_class
