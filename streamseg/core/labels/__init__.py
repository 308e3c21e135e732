"""Labels: functions of (contact, instant) to one name out of an ordered list, or to none."""
