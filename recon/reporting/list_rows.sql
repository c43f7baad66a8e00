-- The list of the HTML report: one compact array a finding, in list order. Numbers are text, so that a browser cannot round them.
-- Identities are cut to $digits, which the caller has found to be enough to tell them apart.
SELECT '[' || coalesce(string_agg(line, ',' ORDER BY place_in_list), '') || ']'
FROM (
    SELECT
        place_in_list,
        json_array(
            left(finding_id, $digits), severity_rank, rule_id, plant, state, event, owner, material, material_text, batch, order_no, key::VARCHAR,
            exact(difference), exact(quantity), unit, value_at_risk::VARCHAR, currency, nights_open, first_seen::VARCHAR, epoch(changed_at)::BIGINT,
            explanation, cause, left(consequence_of, $digits), epoch(confirmed_at)::BIGINT
        )::VARCHAR AS line
    FROM ranked
    WHERE place_in_list < $limit
)
