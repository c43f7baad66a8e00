/* ---
canonical: resource
key: [MANDT, OBJTY, OBJID]
reads:
  CRHD: [MANDT, OBJTY, OBJID]
  CRTX: [MANDT, OBJTY, OBJID]
--- */
-- Work centres (object type A) [M]; a name is unique within its plant.
SELECT c.MANDT,
       c.OBJTY,
       c.OBJID,
       c.WERKS AS plant,
       utc(c.AEDAT_GRND, NULL) AS changed_at,
       c.row_ref,
       c.problems,
       c.ambiguous,
       c.ARBPL AS resource,
       t.text,
       c.VERWE AS kind,
       c.XSPRR IS NOT NULL AS locked,
       c.BEGDA AS valid_from,
       c.ENDDA AS valid_to,
       c.LVORM IS NOT NULL AS deletion_flag
FROM raw.CRHD c
LEFT JOIN (
    SELECT MANDT, OBJTY, OBJID, min_by(KTEXT, concat(CASE SPRAS WHEN 'E' THEN '1' WHEN 'EN' THEN '1' WHEN 'D' THEN '2' WHEN 'DE' THEN '2' ELSE '3' END, SPRAS, KTEXT)) AS text
    FROM raw.CRTX
    GROUP BY MANDT, OBJTY, OBJID
) t USING (MANDT, OBJTY, OBJID)
WHERE c.OBJTY = 'A'
