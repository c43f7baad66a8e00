-- The table `drawn`: the batches of a recall drill in the order in which they are drawn: those that were shipped first, then those that were made, each as
-- the digest of run and batch falls, so that a run always draws the same and nobody can know before which.
SELECT CAST(n.id AS INTEGER) AS batch
FROM genealogy.node n
LEFT JOIN (SELECT DISTINCT batch AS id FROM genealogy_delivery) d ON d.id = n.id
LEFT JOIN (SELECT DISTINCT output AS id FROM genealogy_indexed) m ON m.id = n.id
WHERE n.batch IS NOT NULL AND (d.id IS NOT NULL OR m.id IS NOT NULL)
ORDER BY d.id IS NULL, sha256(concat_ws('/', $run_id, n.system, n.plant, n.material, n.batch)), n.id
