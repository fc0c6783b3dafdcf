"""Who is told: the plan, notifications, deliveries, devices, channels."""
