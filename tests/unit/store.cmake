unit_test(store archive)
unit_test(store batch)
unit_test(store claims)
unit_test(store cursor)
unit_test(store parcel)
unit_test(store pg_array)
unit_test(store position)
unit_test(store segment)
unit_test(store spool)
unit_test(store sqlstate)

# Driven by tests/system/test_store.py.
add_executable(store_drive store_drive.c)
target_link_libraries(store_drive PRIVATE thiduad_core)
