# They stay on when this is destroyed: something else of the project may use them by then.
resource "google_project_service" "this" {
  for_each = var.services

  project            = var.project
  service            = each.value
  disable_on_destroy = false
}
