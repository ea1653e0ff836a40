output "names" {
  description = "Names of the buckets."
  value       = [for bucket in google_storage_bucket.this : bucket.name]
}
