/* ---
canonical: inspection_lot
key: [MANDANT, PRUEFLOS]
reads:
  QALS: [MANDANT, PRUEFLOS]
  QAVE: [MANDANT, PRUEFLOS]
  JEST: SELECT q.MANDANT, q.PRUEFLOS FROM raw.QALS q SEMI JOIN changed.JEST c ON c.MANDT = q.MANDANT AND c.OBJNR = q.OBJNR
asked: {lot: PRUEFLOS, batch: QALS.CHARG, order_no: QALS.AUFNR}
--- */
-- The code of a usage decision belongs to the customer; only its valuation (A accepted, R rejected) means the same everywhere.
-- A decision whose valuation is neither, or whose lot is not in the extract, may well be a rejection, and is not passed over.
WITH status AS (
    SELECT j.MANDT, j.OBJNR, bool_or(STAT = 'I0220') AS posted, bool_or(STAT = 'I0203') AS to_post, bool_or(STAT = 'I0224') AS cancelled, bool_or(STAT = 'I0218') AS decided,
           string_agg(CASE STAT WHEN 'I0203' THEN 'SPRQ' WHEN 'I0218' THEN 'UD' WHEN 'I0220' THEN 'SPCO' WHEN 'I0224' THEN 'LTCA' END, ' ' ORDER BY STAT) AS words,
           string_agg(problems, '; ' ORDER BY problems) AS problems, bool_or(ambiguous) AS ambiguous
    FROM raw.JEST j SEMI JOIN raw.QALS l ON l.MANDANT = j.MANDT AND l.OBJNR = j.OBJNR
    WHERE INACT IS NULL OR ambiguous OR problems IS NOT NULL
    GROUP BY j.MANDT, j.OBJNR
)
SELECT coalesce(q.MANDANT, v.MANDANT) AS MANDANT,
       coalesce(q.PRUEFLOS, v.PRUEFLOS) AS PRUEFLOS,
       q.WERK AS plant,
       greatest(utc(q.ENSTEHDAT, q.ENTSTEZEIT), utc(v.VDATUM, v.VEZEITERF)) AS changed_at,
       coalesce(q.row_ref, v.row_ref) AS row_ref,
       nullif(concat_ws('; ', q.problems, v.problems, s.problems,
                        CASE WHEN v.PRUEFLOS IS NOT NULL AND coalesce(v.VBEWERTUNG NOT IN ('A', 'R'), true) THEN concat('usage decision with valuation "', v.VBEWERTUNG, '"') END,
                        CASE WHEN v.PRUEFLOS IS NULL AND s.decided THEN 'status UD, and no QAVE row' END), '')
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
       -- The decision and the posting of the stock are independent: each has its own status.
       coalesce(s.posted, false) AS stock_posting_completed,
       coalesce(s.cancelled, false) AS cancelled,
       q.ART AS inspection_type,
       q.HERKUNFT AS origin,
       utc(q.ENSTEHDAT, q.ENTSTEZEIT) AS created_at,
       s.words AS status,
       nullif(concat_ws('/', v.VWERKS, v.VAUSWAHLMG, v.VCODEGRP, v.VCODE), '') AS decision_code,
       v.VNAME AS decided_by,
       coalesce(s.to_post, false) AS stock_posting_required,
       -- Which of the posted quantities is which, by its number [M].
       q.LMENGEZUB AS quantity_to_post,
       q.LMENGE01 AS to_unrestricted,
       q.LMENGE02 AS to_scrap,
       q.LMENGE03 AS to_sample,
       q.LMENGE04 AS to_blocked,
       q.LMENGE05 AS to_reserve,
       q.LMENGE06 AS to_other_material,
       q.LMENGE07 AS to_returns,
       q.GESSTICHPR AS sample_size,
       q.PLNNR AS inspection_plan,
       q.LAGORTCHRG AS storage_location,
       CASE WHEN ltrim(q.MBLNR, '0') <> '' THEN concat_ws('/', q.MBLNR, q.MJAHR, q.ZEILE) END AS movement_id,
       q.LIFNR AS supplier
FROM raw.QALS q
FULL JOIN raw.QAVE v ON v.MANDANT = q.MANDANT AND v.PRUEFLOS = q.PRUEFLOS
LEFT JOIN status s ON s.MANDT = q.MANDANT AND s.OBJNR = q.OBJNR
