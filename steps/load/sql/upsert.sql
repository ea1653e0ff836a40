INSERT INTO quakes.events AS known (
    id, logical_date, time, magnitude, magnitude_type, latitude, longitude, depth_km, place, region, type, status,
    network
)
SELECT
    id, logical_date, time, magnitude, magnitude_type, latitude, longitude, depth_km, place, region, type, status,
    network
FROM incoming
ON CONFLICT (id) DO UPDATE SET
    logical_date = excluded.logical_date,
    time = excluded.time,
    magnitude = excluded.magnitude,
    magnitude_type = excluded.magnitude_type,
    latitude = excluded.latitude,
    longitude = excluded.longitude,
    depth_km = excluded.depth_km,
    place = excluded.place,
    region = excluded.region,
    type = excluded.type,
    status = excluded.status,
    network = excluded.network
WHERE ROW(known.*) IS DISTINCT FROM ROW(excluded.*)
