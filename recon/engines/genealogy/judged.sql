-- What one view says of every batch, added to genealogy_judged: the end that its chain runs into (genealogy_worst, genealogy_end), and the circle that it is
-- part of without a mark (genealogy_circle), by its oldest batch.
INSERT INTO genealogy_judged
WITH made AS (
    SELECT DISTINCT output AS id FROM genealogy.link WHERE CASE $view WHEN 'sap' THEN in_sap WHEN 'mes' THEN in_mes ELSE true END
),
circle AS (
    SELECT c.circle, min_by(c.id, concat(coalesce(CAST(o.since AS VARCHAR), '9999'), '/', n.material, '/', n.batch, '/', n.plant)) AS oldest, count(*) AS batches
    FROM genealogy_circle c
    JOIN genealogy.node n ON n.id = c.id
    JOIN genealogy.origin o ON o.id = c.id
    GROUP BY c.circle
),
inside AS (
    SELECT a.circle, max(e.changed_at) AS changed_at, bool_or(e.mes_tells) AS mes_tells,
           CASE WHEN min(e.problems) IS NOT NULL THEN concat('unreadable: ', min(e.problems)) WHEN bool_or(e.ambiguous) THEN 'ambiguous: rows with equal keys differ' END
               AS uncertain
    FROM genealogy_edge e
    JOIN genealogy_circle a ON a.id = e.input
    JOIN genealogy_circle b ON b.id = e.output AND b.circle = a.circle
    GROUP BY a.circle
)
SELECT $view, n.id, m.id IS NOT NULL, e.id, e.uncertain, e.reason, e.since, e.changed_at, c.oldest, c.batches, i.changed_at, i.uncertain
FROM genealogy.node n
LEFT JOIN made m ON m.id = n.id
LEFT JOIN genealogy_worst w ON w.id = n.id
LEFT JOIN genealogy_end e ON e.rank = w.label
LEFT JOIN genealogy_circle k ON k.id = n.id
-- A circle of links that the MES only borrows from SAP is SAP's.
LEFT JOIN inside i ON i.circle = k.circle AND ($view <> 'mes' OR i.mes_tells)
LEFT JOIN circle c ON c.circle = i.circle;
