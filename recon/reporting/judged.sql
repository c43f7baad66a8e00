-- Findings with what every reading of them needs: rank of severity and of exposure, whether they count tonight, and the order "worst first".
-- Exposure is how far restricted stock has got: 4 shipped, 3 consumed, 2 allocated, 1 available, 0 none of these.
CREATE MACRO exact(number) AS CASE WHEN contains(number::VARCHAR, '.') THEN rtrim(rtrim(number::VARCHAR, '0'), '.') ELSE number::VARCHAR END;

CREATE VIEW judged AS
SELECT
    *,
    {
        'gone': NOT live, 'severity': severity_rank, 'exposure': -exposure_rank, 'quantity': -abs(quantity), 'money': -abs(value_at_risk),
        'age': -nights_open, 'finding_id': finding_id
    } AS worst_first
FROM (
    SELECT
        findings.*,
        split_part(rule_id, '-', 1) AS prefix,
        CASE severity WHEN 'critical' THEN 0 WHEN 'high' THEN 1 WHEN 'medium' THEN 2 ELSE 3 END AS severity_rank,
        CASE
            WHEN rule_id IN ('STK-007', 'STK-019') THEN 4
            WHEN rule_id = 'STK-006' THEN 3
            WHEN rule_id = 'STK-014' THEN 2
            WHEN rule_id IN ('STK-001', 'STK-002', 'STK-009', 'STK-012', 'STK-013', 'STK-016', 'STK-017', 'STK-018') THEN 1
            ELSE 0
        END AS exposure_rank,
        state IN ('new', 'open', 'reopened', 'unsettled') AS live,
        -- Every judgement leaves an event; what has none could not be judged tonight, and is what an earlier night said.
        live AND event IS NULL AS carried,
        consequence_of IS NULL AS is_primary,
        working_days(nights_open, last_seen, workdays.week, workdays.works, workdays.rests)::INTEGER AS working_days_open
    FROM findings LEFT JOIN workdays USING (plant)
);

CREATE VIEW ranked AS
SELECT *, row_number() OVER (ORDER BY worst_first) - 1 AS place_in_list FROM judged;
