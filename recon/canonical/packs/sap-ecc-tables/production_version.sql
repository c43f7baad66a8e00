/* ---
canonical: production_version
key: [MANDT, MATNR, WERKS, VERID]
reads:
  MKAL: [MANDT, MATNR, WERKS, VERID]
--- */
SELECT MANDT,
       MATNR,
       WERKS,
       VERID,
       WERKS AS plant,
       utc(ADATU, NULL) AS changed_at,
       row_ref,
       problems,
       ambiguous,
       MATNR AS material,
       VERID AS production_version,
       TEXT1 AS text,
       STLAN AS bom_usage,
       STLAL AS bom_alternative,
       PLNNR AS routing,
       ALNAL AS routing_alternative,
       MKSP IS NOT NULL AS locked,
       ADATU AS valid_from,
       BDATU AS valid_to
FROM raw.MKAL
