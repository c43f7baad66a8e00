-- Findings whose posting a message still carries, and those about a message, where the rule names no action of its own: what is put right is that message. One that was closed
-- with its error will never be posted.
CREATE OR REPLACE TEMP TABLE repair AS
SELECT
    e.finding_id,
    CASE WHEN e.kind = 'backflush' THEN 'sap.repair-backflush' WHEN e.kind = 'idoc' THEN 'sap.reprocess-idoc' ELSE concat(e.side, '.repair-message') END AS action,
    CAST(NULL AS VARCHAR) AS not_evaluated,
    e.side, e.source, e.itself,
    e.message_id,
    regexp_replace(e.message_id, '^AFFW/', '') AS record,
    e.interface, e.queue, nullif(e.reason, '') AS reason, e.order_no, e.material, e.batch, e.movement_type, e.quantity, e.unit
FROM (
    SELECT *, false AS itself FROM explained
    UNION ALL BY NAME
    SELECT *, true AS itself FROM of_message WHERE rule_id NOT IN (SELECT rule_id FROM remedy WHERE no_action IS NULL)
) e
WHERE e.outcome IN ('dead', 'failed', 'overdue')
