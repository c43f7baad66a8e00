-- The findings that a reader asked for; every filter is a list or NULL for no filter.
SELECT *
FROM judged
WHERE ($rules::VARCHAR[] IS NULL OR list_contains($rules::VARCHAR[], rule_id))
  AND ($families::VARCHAR[] IS NULL OR list_contains($families::VARCHAR[], prefix))
  AND ($plants::VARCHAR[] IS NULL OR list_contains($plants::VARCHAR[], plant))
  AND ($severities::VARCHAR[] IS NULL OR list_contains($severities::VARCHAR[], severity))
  AND ($states::VARCHAR[] IS NULL OR list_contains($states::VARCHAR[], state))
  AND ($owners::VARCHAR[] IS NULL OR list_contains($owners::VARCHAR[], owner))
  AND ($causes::VARCHAR[] IS NULL OR len([part FOR part IN $causes::VARCHAR[] IF contains(lower(cause), part)]) > 0)
  AND ($older_than::INTEGER IS NULL OR nights_open > $older_than::INTEGER)
  AND ($older_than_working::INTEGER IS NULL OR working_days_open > $older_than_working::INTEGER)
  AND ($finding_id::VARCHAR IS NULL OR finding_id = $finding_id::VARCHAR)
