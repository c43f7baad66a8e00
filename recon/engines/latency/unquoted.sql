-- Workflows of a plant that both sides tell of although no posting in SAP quotes an event: whatever they took, nothing of it can be measured. Movements and
-- confirmations quote the event's number where the interface writes it into the document's reference, transfers the hold's where somebody enters it. A usage
-- decision quotes nothing: both sides have the lot's number, unless quality counts lots by numbers of its own.
CREATE OR REPLACE TEMP TABLE latency_unquoted AS
WITH movement_kind(kind, workflow) AS (
    VALUES ('consumption', 'consumption'), ('output', 'receipt'), ('by-product', 'receipt'), ('scrap', 'scrap')
),
happened AS (
    SELECT DISTINCT m.system, m.plant, k.workflow
    FROM canonical."mes.movement" m
    JOIN movement_kind k ON k.kind = m.kind
    WHERE m.occurred_at IS NOT NULL
    UNION
    SELECT system, plant, 'confirmation' FROM canonical."mes.confirmation" WHERE cancels IS NULL
    UNION
    SELECT system, plant, 'hold' FROM canonical."qms.hold" WHERE opened_at IS NOT NULL
    UNION
    SELECT system, plant, 'decision' FROM canonical."qms.inspection_lot" WHERE decided_at IS NOT NULL
    UNION
    SELECT system, plant, 'decision' FROM canonical."qms.disposition" WHERE lot IS NOT NULL AND decided_at IS NOT NULL
),
posted AS (
    SELECT DISTINCT m.system, m.plant, k.workflow
    FROM canonical."sap.movement" m
    JOIN movement_kind k ON k.kind = m.kind
    WHERE m.changed_at IS NOT NULL
    UNION
    SELECT system, plant, 'confirmation' FROM canonical."sap.confirmation" WHERE cancels IS NULL AND changed_at IS NOT NULL
    UNION
    SELECT system, plant, 'hold' FROM canonical."sap.movement" WHERE kind = 'transfer' AND target_stock_type IN ('02', '07', '08') AND changed_at IS NOT NULL
    UNION
    SELECT system, plant, 'decision' FROM canonical."sap.inspection_lot" WHERE decided_at IS NOT NULL
),
-- Decided otherwise on the two sides, a lot is still one lot.
shared_lot AS (
    SELECT DISTINCT s.system, s.plant
    FROM canonical."sap.inspection_lot" s
    JOIN (
        SELECT system, plant, lot FROM canonical."qms.inspection_lot"
        UNION
        SELECT system, plant, lot FROM canonical."qms.disposition"
    ) q ON q.system = s.system AND q.plant = s.plant AND q.lot = s.lot
)
SELECT h.system,
       h.plant,
       h.workflow,
       CASE h.workflow
           WHEN 'hold' THEN 'no transfer in SAP quotes the number of a hold'
           WHEN 'decision' THEN 'no lot in SAP has the number of a lot in quality'
           WHEN 'confirmation' THEN 'no confirmation in SAP quotes one of the MES'
           ELSE 'no posting in SAP quotes an event of the MES'
       END AS reason
FROM happened h
JOIN posted p ON p.system = h.system AND p.plant = h.plant AND p.workflow = h.workflow
LEFT JOIN (SELECT DISTINCT system, plant, workflow FROM latency_event) e ON e.system = h.system AND e.plant = h.plant AND e.workflow = h.workflow
LEFT JOIN shared_lot l ON l.system = h.system AND l.plant = h.plant AND h.workflow = 'decision'
WHERE e.workflow IS NULL AND l.plant IS NULL
