/* ---
canonical: activity
key: [activity_id]
reads:
  activity: [activity_id]
--- */
SELECT plant,
       recorded_at AS changed_at,
       row_ref,
       nullif(concat_ws('; ', problems, unknown_code('activity', coalesce(activity, ''), ['labour', 'machine', 'setup', 'downtime', 'other']),
                        missing_value('quantity', quantity, problems), negative_value('quantity', quantity), missing_value('unit', unit, problems),
                        unclear_flag('cancelled', cancelled)), '') AS problems,
       ambiguous,
       activity_id, order_no, sequence_no, operation_no, confirmation,
       lower(activity) AS activity,
       activity_type, resource, equipment, quantity, unit, started_at, ended_at, reason,
       as_mark(cancelled) AS cancelled,
       activity_id AS reference
FROM raw.activity
