/* ---
guard: order-open
holds: the order takes postings
--- */
-- The order takes postings: not closed, locked, cancelled or settled.
SELECT h.finding_id, h.rank,
       CASE WHEN o.shut IS NOT NULL THEN 'refuses' WHEN o.order_no IS NULL OR o.settled IS NULL THEN 'open' ELSE 'holds' END AS state,
       CASE WHEN o.shut IS NOT NULL THEN 'the order is ' || o.shut || ' in SAP'
            WHEN o.order_no IS NULL THEN 'the order is in no source of SAP: look whether it takes postings'
            WHEN o.settled IS NULL THEN 'look whether the order is settled (KO88, KKS2)' END AS reason
FROM held_to h
LEFT JOIN (
    SELECT system, plant, order_no, bool_or(settled) AS settled,
           CASE WHEN bool_or(closed) THEN 'closed' WHEN bool_or(cancelled) THEN 'cancelled' WHEN bool_or(deletion_flag) THEN 'flagged for deletion'
                WHEN bool_or(locked) THEN 'locked' WHEN bool_or(settled) THEN 'settled' END AS shut
    FROM canonical."sap.work_order"
    GROUP BY system, plant, order_no
) o ON o.system = h.system AND o.plant = h.plant AND o.order_no = h.order_no
