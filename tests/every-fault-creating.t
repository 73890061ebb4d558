#!/bin/bash
# vm: --smp 1 --mem 1024
# only on the debug kernel
# takes 55 s
# P7: each allocation that the module makes, and each request that it sends, fails in turn, while a table is loaded and
# comes into force, and while the device is suspended, resumed, asked, sent messages and removed: what is refused has
# changed nothing and holds no device, and what is not refused works. Nothing is left behind.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/faults.sh"

loop_legs 4 4096
faults_in_turn creating
ok 'allocations have failed for each table' struck_each load_plain load_log
ok 'and when a log was read' struck_each resume_log
is "$(wrong)" 0 'nothing was wrong after a fault'
done_testing
