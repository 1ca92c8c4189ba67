# Unit tests of the hall, src/*.c.
unit_test(hall connector)
unit_test(hall setup)
