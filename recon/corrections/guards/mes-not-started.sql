/* ---
guard: mes-not-started
holds: the MES has not begun the order
--- */
-- An order's package is sent again only before the MES has begun it.
SELECT h.finding_id, h.rank,
       CASE WHEN coalesce(o.started, false) OR m.order_no IS NOT NULL THEN 'refuses' ELSE 'holds' END AS state,
       'the MES has begun the order: a new package would change it under way' AS reason
FROM held_to h
LEFT JOIN (
    SELECT system, plant, order_no, bool_or(started_at IS NOT NULL OR completed_at IS NOT NULL) AS started
    FROM canonical."mes.work_order"
    GROUP BY system, plant, order_no
) o ON o.system = h.system AND o.plant = h.plant AND o.order_no = h.order_no
LEFT JOIN (SELECT DISTINCT system, plant, order_no FROM canonical."mes.movement") m ON m.system = h.system AND m.plant = h.plant AND m.order_no = h.order_no
