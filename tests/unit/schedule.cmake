unit_test(schedule blackout)
unit_test(schedule scheduler)
unit_test(schedule slot)
