# What the orchestrator reads its release from. A former one stays when another takes its place: an execution that is
# running reads it still.
resource "google_storage_bucket_object" "this" {
  bucket          = var.bucket
  name            = var.name
  content         = var.content
  content_type    = "application/json"
  deletion_policy = "ABANDON"

  lifecycle {
    create_before_destroy = true
  }
}
