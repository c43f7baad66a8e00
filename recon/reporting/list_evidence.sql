-- Evidence behind the critical and the worst findings, by place in the list: compared values, digests of rows, the rows themselves, and the proposal.
WITH worst AS (
    SELECT finding_id, place_in_list, evidence, rows
    FROM ranked
    WHERE place_in_list < $worst OR (severity = 'critical' AND place_in_list < $limit)
    ORDER BY place_in_list
    LIMIT $most
), shown AS (
    SELECT finding_id, side, canonical_table, ordinal, row_ref, row
    FROM evidence SEMI JOIN worst USING (finding_id)
    QUALIFY row_number() OVER (PARTITION BY finding_id, side, canonical_table ORDER BY ordinal) <= $rows
), sides AS (
    SELECT finding_id, string_agg(json_array(side, canonical_table, row_ref, row::VARCHAR)::VARCHAR, ',' ORDER BY side, canonical_table, ordinal) AS lines
    FROM shown
    GROUP BY finding_id
)
SELECT '{' || coalesce(string_agg(
    '"' || place_in_list || '":[' || to_json(coalesce(evidence::VARCHAR, '{}')) || ',' || to_json(coalesce(w.rows::VARCHAR, '{}')) || ',[' || coalesce(lines, '') || '],'
    || CASE WHEN p.status IS NULL THEN 'null' ELSE json_array(
        p.status, p.proposal_id, p.words, p.reason, p.target, p.transaction, p.believed, p.because, p.approver, p.risk, p.reversible
    )::VARCHAR END
    || ',' || coalesce(p.open_checks, '[]') || ']',
    ',' ORDER BY place_in_list
), '') || '}'
FROM worst AS w LEFT JOIN sides USING (finding_id) LEFT JOIN proposals AS p USING (finding_id)
