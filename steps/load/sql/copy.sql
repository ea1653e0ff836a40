COPY incoming (
    id, logical_date, time, magnitude, magnitude_type, latitude, longitude, depth_km, place, region, type, status,
    network
) FROM STDIN
