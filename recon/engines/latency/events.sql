-- Events of which both sides are known: when each happened, and when the first posting that quotes it was entered in SAP.
-- Movements and confirmations carry the event's number as their reference, and so does a transfer that restricts what a hold names. A decision is joined by its
-- inspection lot. What was entered by hand quotes nothing, and what is unreadable or ambiguous tells nothing for sure: neither is measured. Of an event that
-- was posted several times the first posting counts, of one that the source tells in several rows the first of them.
CREATE OR REPLACE TEMP TABLE latency_event AS
WITH movement_kind(kind, workflow) AS (
    VALUES ('consumption', 'consumption'), ('output', 'receipt'), ('by-product', 'receipt'), ('scrap', 'scrap')
),
happened AS (
    SELECT m.system, m.plant, k.workflow, m.order_no, m.material, m.reference, min(m.occurred_at) AS happened_at
    FROM canonical."mes.movement" m
    JOIN movement_kind k ON k.kind = m.kind
    WHERE m.reference IS NOT NULL AND m.occurred_at IS NOT NULL AND m.problems IS NULL AND NOT coalesce(m.ambiguous, false)
    GROUP BY ALL
),
posted AS (
    SELECT m.system, m.plant, k.workflow, m.order_no, m.material, m.reference, min(m.changed_at) AS posted_at
    FROM canonical."sap.movement" m
    JOIN movement_kind k ON k.kind = m.kind
    WHERE m.reference IS NOT NULL AND m.changed_at IS NOT NULL AND m.problems IS NULL AND NOT coalesce(m.ambiguous, false)
    GROUP BY ALL
),
-- What a confirmation reports has ended then; one that says no end was reported when it was entered.
reported AS (
    SELECT system, plant, order_no, reference, min(coalesce(ended_at, changed_at)) AS happened_at
    FROM canonical."mes.confirmation"
    WHERE reference IS NOT NULL AND cancels IS NULL AND problems IS NULL AND NOT coalesce(ambiguous, false)
    GROUP BY ALL
),
confirmed AS (
    SELECT system, plant, order_no, reference, min(changed_at) AS posted_at
    FROM canonical."sap.confirmation"
    WHERE reference IS NOT NULL AND cancels IS NULL AND problems IS NULL AND NOT coalesce(ambiguous, false)
    GROUP BY ALL
),
held AS (
    SELECT system, plant, material, hold_id, min(opened_at) AS happened_at
    FROM canonical."qms.hold"
    WHERE hold_id IS NOT NULL AND opened_at IS NOT NULL AND problems IS NULL AND NOT coalesce(ambiguous, false)
    GROUP BY ALL
),
restricted AS (
    SELECT system, plant, material, reference, min(changed_at) AS posted_at
    FROM canonical."sap.movement"
    WHERE kind = 'transfer' AND target_stock_type IN ('02', '07', '08') AND reference IS NOT NULL AND problems IS NULL AND NOT coalesce(ambiguous, false)
    GROUP BY ALL
),
-- A lot is decided upon again where the first decision was wrong: the one that SAP has is measured from when quality first said the same.
decided AS (
    SELECT system, plant, lot, decision, min(decided_at) AS happened_at
    FROM (
        SELECT system, plant, lot, decision, decided_at, problems, ambiguous FROM canonical."qms.inspection_lot"
        UNION ALL
        SELECT system, plant, lot, CASE decision WHEN 'conditional' THEN 'accepted' ELSE decision END, decided_at, problems, ambiguous
        FROM canonical."qms.disposition"
        WHERE coalesce(kind, 'disposition') <> 'assessment' AND handling_unit IS NULL AND serial_no IS NULL
    )
    WHERE lot IS NOT NULL AND decision IS NOT NULL AND decided_at IS NOT NULL AND problems IS NULL AND NOT coalesce(ambiguous, false)
    GROUP BY ALL
)
SELECT p.system, p.plant, p.workflow, p.reference, h.happened_at, p.posted_at
FROM posted p
JOIN happened h
  ON h.system = p.system AND h.plant = p.plant AND h.workflow = p.workflow AND h.reference = p.reference
 AND h.order_no IS NOT DISTINCT FROM p.order_no AND h.material IS NOT DISTINCT FROM p.material
UNION ALL
SELECT c.system, c.plant, 'confirmation', c.reference, r.happened_at, c.posted_at
FROM confirmed c
JOIN reported r ON r.system = c.system AND r.plant = c.plant AND r.order_no = c.order_no AND r.reference = c.reference
WHERE r.happened_at IS NOT NULL AND c.posted_at IS NOT NULL
UNION ALL
SELECT h.system, h.plant, 'hold', h.hold_id, h.happened_at, r.posted_at
FROM held h
JOIN restricted r ON r.system = h.system AND r.plant = h.plant AND r.material = h.material AND r.reference = h.hold_id
WHERE r.posted_at IS NOT NULL
UNION ALL
SELECT l.system, l.plant, 'decision', l.lot, d.happened_at, l.decided_at
FROM canonical."sap.inspection_lot" l
JOIN decided d ON d.system = l.system AND d.plant = l.plant AND d.lot = l.lot AND d.decision = l.decision
WHERE l.decided_at IS NOT NULL AND l.problems IS NULL AND NOT coalesce(l.ambiguous, false)
