-- Findings whose posting a message still carries: what is put right is that message. One that was closed with its error will never be posted.
CREATE OR REPLACE TEMP TABLE repair AS
SELECT
    e.finding_id,
    CASE WHEN e.kind = 'backflush' THEN 'sap.repair-backflush' WHEN e.kind = 'idoc' THEN 'sap.reprocess-idoc' ELSE concat(e.side, '.repair-message') END AS action,
    CAST(NULL AS VARCHAR) AS not_evaluated,
    e.message_id,
    regexp_replace(e.message_id, '^AFFW/', '') AS record,
    e.interface, e.queue, nullif(e.reason, '') AS reason, e.order_no, e.material, e.batch, e.movement_type, e.quantity, e.unit
FROM explained e
WHERE e.outcome IN ('dead', 'failed', 'overdue')
