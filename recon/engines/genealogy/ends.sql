-- Where chains end without an origin in one view: genealogy_end (id, rank, uncertain, reason, since, changed_at), out of genealogy_edge and genealogy_circle.
--
-- A batch that nothing leads to and that came from nowhere; one that an unreadable or ambiguous link leads to, since other inputs may hide behind it; and the
-- batches of a circle that nothing leads into. The lower the rank, the more certain: first what is certain, of that the youngest (what is from before the
-- history says nothing, and the youngest is the last to be that), then what is not.
CREATE OR REPLACE TEMP TABLE genealogy_end AS
WITH reached AS (
    SELECT output AS id, max(changed_at) AS changed_at, min(problems) AS problems, bool_or(ambiguous) AS ambiguous FROM genealogy_edge GROUP BY output
),
stray AS (
    SELECT o.id, o.uncertain, CASE WHEN n.batch IS NULL THEN 'issued without its batch' WHEN o.since = TIMESTAMP '9999-12-31 00:00:00' THEN 'no record of it'
                                   ELSE 'neither received nor made of anything' END AS reason,
           o.since, o.changed_at
    FROM genealogy.origin o
    JOIN genealogy.node n ON n.id = o.id
    WHERE NOT o.lawful AND o.id NOT IN (SELECT id FROM reached)
    UNION ALL
    SELECT id, CASE WHEN problems IS NOT NULL THEN concat('unreadable: ', problems) ELSE 'ambiguous: rows with equal keys differ' END, NULL, NULL, changed_at
    FROM reached
    WHERE problems IS NOT NULL OR ambiguous
    UNION ALL
    SELECT c.id, NULL, 'a circle that nothing leads into', TIMESTAMP '9999-12-31 00:00:00', r.changed_at
    FROM genealogy_circle c
    JOIN reached r ON r.id = c.id
    WHERE c.circle NOT IN (
        SELECT inside.circle FROM genealogy_edge e JOIN genealogy_circle inside ON inside.id = e.output LEFT JOIN genealogy_circle other ON other.id = e.input
        WHERE other.circle IS DISTINCT FROM inside.circle
    )
      AND c.circle NOT IN (SELECT i.circle FROM genealogy_circle i JOIN genealogy.origin o ON o.id = i.id WHERE o.lawful)
),
one AS (
    SELECT id, min(uncertain) AS uncertain, min(reason) AS reason, max(since) AS since, max(changed_at) AS changed_at, bool_and(uncertain IS NOT NULL) AS unsure
    FROM stray
    GROUP BY id
)
SELECT id, CAST(row_number() OVER (ORDER BY unsure, since DESC NULLS LAST, id) AS INTEGER) AS rank, CASE WHEN unsure THEN uncertain END AS uncertain, reason,
       since, changed_at
FROM one;
