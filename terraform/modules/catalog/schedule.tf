# When a run is due, and when it has to have been seen.

locals {
  _fields = regexall("\\S+", local._pipeline.schedule.cron)
  # Of a cron with one time a day the minute by which it is late is known; of any other it is not.
  _daily = length(local._fields) == 5 && can(tonumber(local._fields[0])) && can(tonumber(local._fields[1]))
  _late  = local._daily ? tonumber(local._fields[1]) * 60 + tonumber(local._fields[0]) + var.due_minutes : 1440

  schedule = {
    cron      = local._pipeline.schedule.cron
    time_zone = local._pipeline.schedule.time_zone
    # Null where the pipeline has no one time a day, or is late on the next day only.
    due_cron    = local._late < 1440 ? join(" ", concat([local._late % 60, floor(local._late / 60)], slice(local._fields, 2, 5))) : null
    due_minutes = var.due_minutes
  }

  # The strictest promise of each step that makes any.
  freshness = {
    for name, step in local._steps : name => {
      job     = local._names[name]
      seconds = min([for output in step.outputs : output.freshness_seconds if output.freshness_seconds != null]...)
    } if anytrue([for output in step.outputs : output.freshness_seconds != null])
  }
}
