-- Of each finding the worst of the messages that speak of it, and what it says.
CREATE OR REPLACE TEMP TABLE spoken AS
WITH known AS (
    SELECT rule_id, finding_id, any_value(system) AS system, any_value(plant) AS plant, number, bool_and(holds) AS holds, bool_and(itself) AS itself
    FROM spoken_of
    GROUP BY rule_id, finding_id, number
),
-- Where the site has one time zone, what belongs to no plant is told in it.
only_zone AS (
    SELECT CASE WHEN count(DISTINCT zone) = 1 THEN min(zone) END AS zone FROM plant_zone
),
placed AS (
    SELECT
        k.rule_id, k.finding_id, k.holds, k.itself, h.* EXCLUDE (system, plant), coalesce(z.zone, o.zone, (SELECT zone FROM only_zone)) AS zone,
        -- What belongs to no plant is judged as late as any.
        CASE
            WHEN h.status <> 'pending' THEN h.status
            WHEN coalesce(u.cut, (SELECT max(cut) FROM judged_until)) - h.since <= h.may_wait THEN 'waiting'
            ELSE 'overdue'
        END AS outcome
    FROM known k
    JOIN heard h USING (number)
    LEFT JOIN judged_until u ON u.rule_id = k.rule_id AND u.system = k.system AND u.plant = k.plant
    LEFT JOIN plant_zone z ON z.plant = k.plant
    LEFT JOIN plant_zone o ON o.plant = h.plant
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
-- An interface is dated, and placed, by the messages that explain something; by those that are told for themselves where there are none.
dated AS (
    SELECT *, NOT itself OR count(*) FILTER (WHERE NOT itself) OVER (PARTITION BY source, interface, outcome) = 0 AS dates FROM worst
),
of_interface AS (
    SELECT source, interface, outcome, min(since) AS first_since, CASE WHEN count(DISTINCT coalesce(queue, '')) = 1 THEN min(queue) END AS only_queue,
           CASE WHEN count(DISTINCT zone) = 1 THEN min(zone) END AS only_zone
    FROM dated
    WHERE dates
    GROUP BY source, interface, outcome
),
worded AS (
    SELECT
        d.*, i.only_queue,
        CASE d.outcome WHEN 'dead' THEN 'dead' WHEN 'ignored' THEN 'closed with the error ignored' WHEN 'failed' THEN 'failed' ELSE 'waiting' END AS verb,
        coalesce(strftime(timezone(coalesce(d.zone, 'UTC'), timezone('UTC', d.since)), '%Y-%m-%d %H:%M ') || coalesce(d.zone, 'UTC'), 'nobody knows when') AS since_when,
        coalesce(strftime(timezone(coalesce(i.only_zone, 'UTC'), timezone('UTC', i.first_since)), '%Y-%m-%d %H:%M ') || coalesce(i.only_zone, 'UTC'), 'nobody knows when') AS first_when,
        CASE WHEN epoch(may_wait) % 3600 = 0 THEN concat(epoch(may_wait)::BIGINT // 3600, ' h') ELSE concat(epoch(may_wait)::BIGINT // 60, ' min') END AS level
    FROM dated d
    JOIN of_interface i ON i.source = d.source AND i.interface IS NOT DISTINCT FROM d.interface AND i.outcome = d.outcome
)
SELECT
    rule_id, finding_id, itself, outcome, outcome = 'waiting' AND some_hold AS in_flight,
    concat(
        CASE kind WHEN 'idoc' THEN 'IDoc ' WHEN 'queue' THEN 'queue entry ' WHEN 'dead-letter' THEN 'dead letter ' WHEN 'backflush' THEN 'COGI record ' ELSE 'message ' END,
        message_id, ' (' || nullif(concat_ws(', ', interface, 'queue ' || queue), '') || ')', ': ', verb, ' (' || status_code || ')', ' since ', since_when,
        CASE outcome WHEN 'overdue' THEN CASE WHEN since IS NOT NULL THEN concat(', longer than its ', level) END WHEN 'waiting' THEN concat(', within its ', level) END,
        ': ' || nullif(left(concat_ws(' ', reason, status_text), 200), ''),
        CASE WHEN messages > 1 THEN concat('; and ', messages - 1, CASE WHEN messages = 2 THEN ' message more' ELSE ' messages more' END) END
    ) AS text,
    CASE WHEN outcome <> 'waiting' THEN concat(coalesce(interface, 'messages'), ' of ', source, ', queue ' || only_queue, ': ', verb, ' since ', first_when) END AS cause,
    side, source, kind, interface, queue, message_id, concat_ws(' ', reason, status_text) AS reason, order_no, material, batch, movement_type, quantity, unit
FROM worded;

INSERT INTO explained BY NAME
SELECT * EXCLUDE (itself) FROM spoken WHERE NOT itself;

INSERT INTO of_message BY NAME
SELECT * EXCLUDE (itself) FROM spoken WHERE itself
