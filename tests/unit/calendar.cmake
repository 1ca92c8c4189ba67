unit_test(calendar cron)
unit_test(calendar period)
unit_test(calendar when)
unit_test(calendar zone)
