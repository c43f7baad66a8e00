-- Messages that are not simply posted, of every system, and what each carries. One whose row is in doubt never hides a mismatch.
CREATE OR REPLACE TEMP TABLE heard AS
SELECT
    row_number() OVER (ORDER BY side, source, system, plant, message_id, row_ref) AS number,
    *,
    -- What waits is measured from when it was sent; what failed has been so since its status was set.
    CASE WHEN status = 'pending' THEN coalesce(sent_at, changed_at) ELSE coalesce(changed_at, sent_at) END AS since,
    service_level(workflow, interface) AS may_wait
FROM logged_message told
-- Without a plant, the whole source is silent.
ANTI JOIN not_heard n ON n.side = told.side AND n.source = told.source AND (n.plant IS NULL OR n.plant = told.plant)
WHERE status IN ('failed', 'dead', 'ignored', 'pending')
  AND NOT (status = 'pending' AND (problems IS NOT NULL OR coalesce(ambiguous, false)));

-- A message carries what its workflow says, or else its interface.
CREATE OR REPLACE TEMP TABLE heard_as AS
SELECT number, c.workflow
FROM heard
JOIN carried c ON c.name = CASE WHEN heard.workflow IN (SELECT name FROM carried) THEN heard.workflow ELSE heard.interface END
