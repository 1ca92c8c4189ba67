unit_test(decode json)
unit_test(decode jq)
unit_test(decode csv)
unit_test(decode xml)
