/* ---
canonical: inspection_lot
key: [MANDANT, PRUEFLOS]
reads:
  QALS: [MANDANT, PRUEFLOS]
  QAVE: [MANDANT, PRUEFLOS]
  JEST: SELECT q.MANDANT, q.PRUEFLOS FROM raw.QALS q SEMI JOIN changed.JEST c ON c.MANDT = q.MANDANT AND c.OBJNR = q.OBJNR
--- */
-- The code of a usage decision belongs to the customer; only its valuation (A accepted, R rejected) means the same everywhere.
-- A decision whose valuation is neither, or whose lot is not in the extract, may well be a rejection, and is not passed over.
SELECT coalesce(q.MANDANT, v.MANDANT) AS MANDANT,
       coalesce(q.PRUEFLOS, v.PRUEFLOS) AS PRUEFLOS,
       q.WERK AS plant,
       greatest(utc(q.ENSTEHDAT, q.ENTSTEZEIT), utc(v.VDATUM, v.VEZEITERF)) AS changed_at,
       coalesce(q.row_ref, v.row_ref) AS row_ref,
       nullif(concat_ws('; ', q.problems, v.problems, s.problems,
                        CASE WHEN v.PRUEFLOS IS NOT NULL AND coalesce(v.VBEWERTUNG NOT IN ('A', 'R'), true) THEN concat('usage decision with valuation "', v.VBEWERTUNG, '"') END), '')
           AS problems,
       coalesce(q.ambiguous, false) OR coalesce(v.ambiguous, false) OR coalesce(s.ambiguous, false) AS ambiguous,
       coalesce(q.PRUEFLOS, v.PRUEFLOS) AS lot,
       q.MATNR AS material,
       q.CHARG AS batch,
       q.AUFNR AS order_no,
       q.LOSMENGE AS quantity,
       q.MENGENEINH AS unit,
       CASE v.VBEWERTUNG WHEN 'A' THEN 'accepted' WHEN 'R' THEN 'rejected' END AS decision,
       utc(v.VDATUM, v.VEZEITERF) AS decided_at,
       coalesce(s.posted, false) AS stock_posting_completed,
       coalesce(s.cancelled, false) AS cancelled
FROM raw.QALS q
FULL JOIN raw.QAVE v ON v.MANDANT = q.MANDANT AND v.PRUEFLOS = q.PRUEFLOS
LEFT JOIN (
    SELECT MANDT, OBJNR, bool_or(STAT = 'I0220') AS posted, bool_or(STAT = 'I0224') AS cancelled,
           string_agg(problems, '; ' ORDER BY problems) AS problems, bool_or(ambiguous) AS ambiguous
    FROM raw.JEST j SEMI JOIN raw.QALS l ON l.MANDANT = j.MANDT AND l.OBJNR = j.OBJNR
    WHERE INACT IS NULL OR ambiguous OR problems IS NOT NULL
    GROUP BY MANDT, OBJNR
) s ON s.MANDT = q.MANDANT AND s.OBJNR = q.OBJNR
