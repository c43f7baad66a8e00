SELECT count(*) FROM chosen WHERE is_primary AND ($states::VARCHAR[] IS NOT NULL OR live)
