/* ---
guard: mes-order-empty
holds: no open containers or unsigned steps in the MES
--- */
-- An order is closed in the MES only without open containers and unsigned steps; material on the line is for a person to see.
SELECT h.finding_id, h.rank,
       CASE WHEN o.containers > 0 OR o.steps > 0 THEN 'refuses' WHEN o.containers IS NULL OR o.steps IS NULL THEN 'open' ELSE 'holds' END AS state,
       CASE WHEN o.containers > 0 THEN 'the order has open containers in the MES'
            WHEN o.steps > 0 THEN 'the order has unsigned steps in the MES'
            WHEN o.containers IS NULL OR o.steps IS NULL THEN 'look whether the order has open containers or unsigned steps in the MES' END AS reason
FROM held_to h
LEFT JOIN (
    SELECT system, plant, order_no, max(open_containers) AS containers, max(unsigned_steps) AS steps FROM canonical."mes.work_order" GROUP BY system, plant, order_no
) o ON o.system = h.system AND o.plant = h.plant AND o.order_no = h.order_no
