# Unit tests of src/verbs.
unit_test(verbs case)
