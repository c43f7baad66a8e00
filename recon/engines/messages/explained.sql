-- Of each finding the worst of the messages that speak of it, and what it says.
INSERT INTO explained BY NAME
WITH known AS (
    SELECT rule_id, finding_id, any_value(system) AS system, any_value(plant) AS plant, number, bool_and(holds) AS holds
    FROM spoken_of
    GROUP BY rule_id, finding_id, number
),
placed AS (
    SELECT
        k.rule_id, k.finding_id, k.holds, h.* EXCLUDE (system, plant),
        -- What belongs to no plant is judged as late as any.
        CASE
            WHEN h.status <> 'pending' THEN h.status
            WHEN coalesce(u.cut, (SELECT max(cut) FROM judged_until)) - h.since <= h.may_wait THEN 'waiting'
            ELSE 'overdue'
        END AS outcome
    FROM known k
    JOIN heard h USING (number)
    LEFT JOIN judged_until u ON u.rule_id = k.rule_id AND u.system = k.system AND u.plant = k.plant
),
worst AS (
    SELECT *, count(*) OVER of_one AS messages, bool_or(holds) OVER of_one AS some_hold
    FROM placed
    WINDOW of_one AS (PARTITION BY rule_id, finding_id)
    QUALIFY row_number() OVER (
        PARTITION BY rule_id, finding_id
        ORDER BY list_position(['dead', 'failed', 'overdue', 'ignored', 'waiting'], outcome), since NULLS FIRST, side, source, message_id, number
    ) = 1
),
worded AS (
    SELECT
        *,
        CASE outcome WHEN 'dead' THEN 'dead' WHEN 'ignored' THEN 'closed with the error ignored' WHEN 'failed' THEN 'failed' ELSE 'waiting' END AS verb,
        coalesce(strftime(since, '%Y-%m-%d %H:%MZ'), 'nobody knows when') AS since_when,
        CASE WHEN epoch(may_wait) % 3600 = 0 THEN concat(epoch(may_wait)::BIGINT // 3600, ' h') ELSE concat(epoch(may_wait)::BIGINT // 60, ' min') END AS level
    FROM worst
)
SELECT
    rule_id, finding_id, outcome, outcome = 'waiting' AND some_hold AS in_flight,
    concat(
        CASE kind WHEN 'idoc' THEN 'IDoc ' WHEN 'queue' THEN 'queue entry ' WHEN 'dead-letter' THEN 'dead letter ' WHEN 'backflush' THEN 'COGI record ' ELSE 'message ' END,
        message_id, ' (' || nullif(concat_ws(', ', interface, 'queue ' || queue), '') || ')', ': ', verb, ' (' || status_code || ')', ' since ', since_when,
        CASE outcome WHEN 'overdue' THEN CASE WHEN since IS NOT NULL THEN concat(', longer than its ', level) END WHEN 'waiting' THEN concat(', within its ', level) END,
        ': ' || nullif(left(concat_ws(' ', reason, status_text), 200), ''),
        CASE WHEN messages > 1 THEN concat('; and ', messages - 1, CASE WHEN messages = 2 THEN ' message more' ELSE ' messages more' END) END
    ) AS text,
    CASE WHEN outcome <> 'waiting' THEN concat(
        coalesce(interface, 'messages'), ' of ', source,
        CASE WHEN min(coalesce(queue, '')) OVER of_interface = max(coalesce(queue, '')) OVER of_interface THEN ', queue ' || queue END,
        ': ', verb, ' since ', coalesce(strftime(min(since) OVER of_interface, '%Y-%m-%d %H:%MZ'), 'nobody knows when')
    ) END AS cause,
    side, source, kind, interface, queue, message_id, concat_ws(' ', reason, status_text) AS reason, order_no, material, batch, movement_type, quantity, unit
FROM worded
WINDOW of_interface AS (PARTITION BY source, interface, outcome)
