"""From scores to lists: seats per school, reasons per student, versions that supersede each other."""
