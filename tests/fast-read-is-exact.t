#!/bin/bash
# With read_pattern fast a read gets what it would get if it waited for all legs (P1): it ends early only if the legs that
# are late can change nothing.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hung-leg.sh"

loop_legs 5 1024
wrap_legs
quorum_create q 2 "${legs[@]:0:4}" -- read_pattern fast
write_at /dev/mapper/q 0 1024 0x32
write_at "$work/disk4" 0 1024 0x32
ok 'it reads' holds /dev/mapper/q 0 1024 0x32
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'all is well before'

# two against two that are late: a tie, though two have been enough
write_at "$work/disk2" 8 8 0x33
write_at "$work/disk3" 8 8 0x33
hang 2 3
outcome read_at /dev/mapper/q 8 8 > "$work/outcome" &
job=$!
nap 1
ok 'two legs of four that agree do not end a read' all_running $job
unhang 3
nap 1
ok 'nor do they if the third differs' all_running $job
unhang 2
ok 'it ends' wait $job
is "$(cat "$work/outcome")" EILSEQ 'with an error, as nobody has won'
is "$(status q no_quorum)" 1 'which is counted'
# three that agree are more than one that is late
write_at "$work/disk2" 8 8 0x32
hang 3
ok 'three legs of four end it' holds /dev/mapper/q 8 8 0x32
unhang 3
is "$(status q mismatches 3)" 1 'and the fourth is blamed later'
dm remove q

# two of five against three that are late
quorum_create q 2 "${legs[@]}" -- read_pattern fast
for disk in 0 1; do write_at "$work/disk$disk" 64 8 0x34; done
hang 2 3 4
holds /dev/mapper/q 64 8 0x32 &
job=$!
nap 1
ok 'two of five do not end a read' all_running $job
unhang 2 3 4
ok 'the three that came late win' wait $job
is "$(status q mismatches 0) $(status q mismatches 1) $(status q mismatches 3)" '1 1 0' 'and the others are blamed'

# one block of the request is decided and another is not
write_at "$work/disk0" 128 8 0x35
hang 3 4
ok 'three of five end it' holds /dev/mapper/q 256 8 0x32
holds /dev/mapper/q 128 16 0x32 &
job=$!
nap 1
ok 'but not if one of them differs in one block' all_running $job
unhang 3
ok 'a fourth one does' wait $job
unhang 4
is "$(status q no_quorum) $(status q mismatches 0)" '0 2' 'and the one is blamed'

done_testing
