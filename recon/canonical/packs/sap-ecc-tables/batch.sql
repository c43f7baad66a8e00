/* ---
canonical: batch
key: [MANDT, MATNR, CHARG]
reads:
  MCH1: [MANDT, MATNR, CHARG]
  MCHA: [MANDT, MATNR, CHARG]
driving: [MCH1, MCHA]
asked: {batch: CHARG}
--- */
-- Where batches are numbered at material level, MCH1 leads and one row serves every plant; MCHA then repeats it plant by plant. Where they are numbered at
-- plant level there is no MCH1, or it does not have the batch. A site says which it is by the table that it is without; both together are read alike.
WITH known AS (
    SELECT '*' AS plant, * FROM raw.MCH1
    UNION ALL BY NAME
    SELECT WERKS AS plant, * EXCLUDE (WERKS) FROM raw.MCHA a ANTI JOIN raw.MCH1 m ON m.MANDT = a.MANDT AND m.MATNR = a.MATNR AND m.CHARG = a.CHARG
)
SELECT MANDT,
       MATNR,
       CHARG,
       plant,
       utc(coalesce(LAEDA, ERSDA), NULL) AS changed_at,
       row_ref,
       problems,
       ambiguous,
       MATNR AS material,
       CHARG AS batch,
       HSDAT AS produced_on,
       VFDAT AS expires_on,
       ZUSTD IS NOT NULL AS restricted,
       QNDAT AS retest_on,
       CASE WHEN ZUSTD IS NOT NULL THEN 'restricted' ELSE 'unrestricted' END AS status,
       LIFNR AS supplier,
       LICHA AS supplier_batch,
       LWEDT AS received_on,
       -- An extract may lack the column: without a mark nobody knows.
       CASE WHEN LVORM IS NOT NULL THEN true END AS deletion_flag
FROM known
