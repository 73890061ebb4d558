#!/bin/bash
# P1, P5: a write for which too few legs are in use is not sent to any, and nothing is different after it: where it would have
# gone, legs may still not differ, and who does is blamed.
. "$(dirname "$0")/lib.sh"

loop_legs 3 2048
quorum_create q 2 "${legs[@]}"
write_at /dev/mapper/q 0 64 0x32
message q fail 0
message q fail 1
is "$(status q health) $(status q mismatches) $(status q raced)" 'DDA 0 0' 'one leg is in use before'
is "$(outcome write_at /dev/mapper/q 8 8 0x33)" EIO 'a write fails'
for leg in 0 1 2; do ok "leg $leg has not got it" holds "${legs[leg]}" 0 64 0x32; done
message q restore 0
message q restore 1
ok 'the others come back' wait_idle q
is "$(status q health)" AAA 'and lack nothing'
record_events
write_at "$work/disk2" 8 1 0x42
ok 'leg 2 is wrong where the write would have gone' holds /dev/mapper/q 0 64 0x32
ok 'it is blamed' wait_events 1 DM_ACTION=QUORUM_REPORT_BAD DM_QUORUM_LEG=2 DM_QUORUM_SECTOR=8
is "$(status q mismatches) $(status q raced)" '1 0' 'which is no race'
done_testing
