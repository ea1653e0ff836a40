# Tells the billing account's administrators; it stops nothing.
resource "google_billing_budget" "this" {
  billing_account = var.settings.billing_account
  display_name    = "nightjar: ${var.name} (${var.project})"
  ownership_scope = "BILLING_ACCOUNT"

  budget_filter {
    projects               = ["projects/${var.settings.project_number}"]
    credit_types_treatment = "INCLUDE_ALL_CREDITS"
    calendar_period        = "MONTH"
  }

  amount {
    specified_amount {
      currency_code = var.settings.currency
      units         = tostring(var.settings.units)
    }
  }

  threshold_rules {
    threshold_percent = 0.5
    spend_basis       = "CURRENT_SPEND"
  }

  threshold_rules {
    threshold_percent = 1.0
    spend_basis       = "CURRENT_SPEND"
  }

  threshold_rules {
    threshold_percent = 1.0
    spend_basis       = "FORECASTED_SPEND"
  }
}
