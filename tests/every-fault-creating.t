#!/bin/bash
# vm: --smp 1 --mem 1024
# only on the debug kernel
# takes 90 s
# P7: each allocation that the module makes, and each request that it sends, fails in turn, while a table is loaded and
# comes into force, and while the device is asked and sent messages; and also those of all that works for the module while
# another table comes into force, and while the device is suspended, resumed and removed, with and without a log. What is
# refused has changed nothing and holds no device, and what is not refused works. Nothing is left behind.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/faults.sh"

loop_legs 4 4096
logged=(exchange_log suspend_log resume_log remove_log)
faults_in_turn creating
ok 'allocations have failed for each table' struck_each load_plain load_log
ok 'and when a log was read, and left behind' struck_each activate_log "${logged[@]/%/ task}" "${logged[@]/%/ failslab}"
ok 'requests have failed for each log' struck_each "${logged[@]/%/ fail_make_request}"
ok 'allocations have failed for each removal' struck_each 'remove_plain task' 'remove_plain failslab'
is "$(wrong)" 0 'nothing was wrong after a fault'
done_testing
