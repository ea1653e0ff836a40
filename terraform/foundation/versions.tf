terraform {
  required_version = ">= 1.11"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 7.42, < 8.0"
    }
  }

  # Which bucket is a value of the environment: `-backend-config=bucket=STATE_BUCKET -backend-config=prefix=foundation`.
  backend "gcs" {}
}
