output "url" {
  description = "Where the release lies."
  value       = "gs://${google_storage_bucket_object.this.bucket}/${google_storage_bucket_object.this.name}"
}
