unit_test(comply campaign)
unit_test(comply registry)
