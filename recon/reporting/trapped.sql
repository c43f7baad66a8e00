-- Value in stock that is blocked with nothing behind it.
SELECT currency, sum(abs(value_at_risk)) AS amount
FROM judged
WHERE is_primary AND live AND rule_id = 'STK-003' AND value_at_risk IS NOT NULL
GROUP BY currency
ORDER BY currency
