/* Arguments of VMI's time calls. */
#pragma once

enum vmi_counter { COUNTER_REAL, COUNTER_AVAILABLE, COUNTER_STOLEN, COUNTERS };
enum vmi_alarm { ALARM_ONCE = 0, ALARM_PERIODIC = 0x100, ALARM_ON_IRQ0 = 0 };
