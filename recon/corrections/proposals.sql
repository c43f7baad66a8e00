-- One row for every finding that is still there: the message that is to be repaired, else the first of its ways that nothing refuses, else the first that a guard refuses, else why there is none.
CREATE OR REPLACE TEMP TABLE proposal AS
WITH differing AS (
    SELECT f.finding_id, s.field, s.believed, s.stated, coalesce(t.differs, true) AS differs, bool_or(coalesce(t.differs, true)) OVER (PARTITION BY f.finding_id) AS told
    FROM finding f
    JOIN site_says s ON s.rule_id = f.rule_id AND s.plant = f.plant
    LEFT JOIN told_apart t ON t.finding_id = f.finding_id AND t.field = s.field
),
-- A finding is believed on the side on which all of its fields that differ are; where that is not one, a person decides. If none is told to differ, all may.
site_believes AS (
    SELECT finding_id,
           CASE WHEN min(believed) = max(believed) THEN min(believed) ELSE '-' END AS believed,
           CASE WHEN min(believed) <> max(believed)
                THEN string_agg(concat(field, ' ', CASE believed WHEN '-' THEN 'nobody' WHEN 'site' THEN 'not said' ELSE upper(believed) END), ', ' ORDER BY field) END AS parted
    FROM differing
    WHERE differs OR NOT told
    GROUP BY finding_id
    HAVING bool_or(stated)
),
choice AS (
    SELECT d.finding_id, min(100 * CAST(len(d.missing) > 0 AS INTEGER) + 50 * CAST(h.refusal IS NOT NULL AS INTEGER) + d.rank) % 50 AS rank
    FROM draft d JOIN held h USING (finding_id, rank)
    JOIN declared a USING (action)
    JOIN finding f USING (finding_id)
    LEFT JOIN site_believes s USING (finding_id)
    -- What is believed is not corrected; a message is repaired wherever it stands.
    WHERE s.believed IS DISTINCT FROM a.target OR d.finding_id IN (SELECT finding_id FROM repair)
    GROUP BY d.finding_id
),
tried AS (
    SELECT d.*, h.guards AS guard_list, h.to_look_at AS guards_open, h.refusal
    FROM choice JOIN draft d USING (finding_id, rank) JOIN held h USING (finding_id, rank)
),
judged AS (
    SELECT f.finding_id, f.rule_id, f.system, f.plant, f.severity, f.owner,
           CASE WHEN m.finding_id IS NOT NULL THEN NULL WHEN s.believed IS NULL THEN r.believed ELSE nullif(s.believed, '-') END AS believed,
           CASE
               WHEN m.finding_id IS NOT NULL THEN 'the message carries what is missing: posted by hand as well, it would be there twice'
               WHEN s.believed = '-' THEN NULL
               WHEN s.believed IS NOT NULL AND s.believed IS DISTINCT FROM r.believed THEN 'the site believes it here'
               ELSE r.because
           END AS because,
           CASE WHEN m.itself IS NOT FALSE THEN r.correction ELSE 'Repair the message that carries it, and never post it a second time.' END AS correction,
           CASE WHEN m.itself IS NOT FALSE THEN r.own_checks ELSE [] END AS own_checks, t.* EXCLUDE (finding_id, system, plant),
           CASE
               WHEN f.state = 'in flight' THEN 'a posting is on its way: tomorrow''s run will know'
               WHEN f.state = 'waived' THEN 'waived: a person has accepted it'
               WHEN f.consequence_of IS NOT NULL THEN 'it hangs under another finding, and that one is put right first'
               WHEN f.finding_id NOT IN (SELECT finding_id FROM found_tonight) THEN 'it could not be judged tonight'
               WHEN m.finding_id IS NULL AND s.parted IS NOT NULL THEN concat('person decides: the site believes several sides here: ', s.parted)
               WHEN m.finding_id IS NULL AND s.believed = '-' THEN 'person decides: the site believes no side by itself here'
               WHEN m.finding_id IS NULL AND s.believed IS NULL AND r.undecided IS NOT NULL THEN r.undecided
               WHEN m.finding_id IS NULL AND r.no_action IS NOT NULL THEN r.no_action
               WHEN t.finding_id IS NULL AND s.believed IS NOT NULL
                    THEN concat('the site believes ', CASE s.believed WHEN 'sap' THEN 'SAP' WHEN 'mes' THEN 'the MES' WHEN 'qms' THEN 'the QMS' ELSE 'the warehouse' END,
                                ' here, and no action of the rule corrects another side')
               WHEN t.finding_id IS NULL THEN 'none of the rule''s actions fits it'
               WHEN len(t.missing) > 0 THEN concat('not known: ', array_to_string(t.missing, ', '))
           END AS none_because
    FROM finding f
    LEFT JOIN remedy r USING (rule_id)
    LEFT JOIN site_believes s USING (finding_id)
    LEFT JOIN tried t USING (finding_id)
    LEFT JOIN repair m USING (finding_id)
    WHERE f.state NOT IN ('resolved', 'retired')
)
SELECT CASE WHEN none_because IS NULL THEN proposal_id END AS proposal_id,
       j.finding_id,
       j.rule_id,
       CASE WHEN none_because IS NOT NULL THEN 'none' WHEN refusal IS NOT NULL THEN 'refused' ELSE 'proposed' END AS status,
       coalesce(none_because, refusal) AS reason,
       j.severity,
       j.owner,
       j.system,
       j.plant,
       CASE WHEN none_because IS NULL THEN a.action END AS action,
       CASE WHEN none_because IS NULL THEN a.version END AS action_version,
       CASE WHEN none_because IS NULL THEN a.title END AS title,
       CASE WHEN none_because IS NULL THEN a.target END AS target,
       CASE WHEN none_because IS NULL THEN a.effect END AS effect,
       CASE WHEN none_because IS NULL THEN a.transaction END AS transaction,
       CASE WHEN none_because IS NULL THEN j.interface END AS interface,
       CASE WHEN none_because IS NULL THEN j.words END AS words,
       j.correction,
       CASE WHEN none_because IS NULL THEN j.fields END AS fields,
       CASE WHEN none_because IS NULL THEN j.payload END AS payload,
       j.believed,
       j.because,
       CASE WHEN none_because IS NULL THEN a.risk END AS risk,
       CASE WHEN none_because IS NULL THEN a.reversible END AS reversible,
       CASE WHEN none_because IS NULL THEN a.approver END AS approver,
       CASE WHEN none_because IS NULL THEN coalesce(guard_list, '[]') END AS guards,
       CASE WHEN none_because IS NULL
            THEN CAST(to_json([concat(upper(left(look, 1)), substr(look, 2))
                          FOR look IN list_concat(coalesce(j.to_look_at, []), list_concat(coalesce(guards_open, []), list_concat(j.own_checks, a.checks)))]) AS VARCHAR) END AS open_checks
FROM judged j
LEFT JOIN declared a USING (action)
ORDER BY j.finding_id;
