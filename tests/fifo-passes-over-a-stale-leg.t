#!/bin/bash
# P2: read_pattern fifo does not vote, but it does not undo an acknowledged write either: a leg that missed one is passed
# over where it is behind, and where every leg is behind in some block, each block comes from the legs that are not.
. "$(dirname "$0")/lib.sh"

loop_legs 3 2048
wrap_legs
quorum_create q 2 "${legs[@]}" -- read_pattern fifo
write_at /dev/mapper/q 0 2048 0x31
is "$(status q health)" AAA 'all legs are in sync before'

fail_writes 0
ok 'a write that leg 0 misses succeeds' write_at /dev/mapper/q 64 8 0x32
heal 0
is "$(status q health) $(status q synced_of_total)" 'aAA 2040/2048' 'leg 0 is behind'
ok 'leg 0 holds the old data' holds "${legs[0]}" 64 8 0x31
ok 'the device reads the new data' holds /dev/mapper/q 64 8 0x32
ok 'and what is beside it' holds /dev/mapper/q 56 8 0x31

fail_writes 1
ok 'a write that leg 1 misses succeeds' write_at /dev/mapper/q 72 8 0x33
heal 1
fail_writes 2
ok 'a write that leg 2 misses succeeds' write_at /dev/mapper/q 80 8 0x34
heal 2
is "$(status q health)" aaa 'each leg is behind somewhere'
ok 'each block comes from legs that are not' cmp <(read_at /dev/mapper/q 64 24) <(pattern 0x32 8; pattern 0x33 8; pattern 0x34 8)
is "$(status q mismatches) $(status q no_quorum)" '0 0' 'nobody is blamed'
done_testing
