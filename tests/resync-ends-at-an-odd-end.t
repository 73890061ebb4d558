#!/bin/bash
# P3, P5: a device whose last block is not whole: a walk that cannot put it right comes to its end, reads nothing behind it, and
# leaves nothing else undone.
. "$(dirname "$0")/lib.sh"
patience=120

loop_legs 3 2043
wrap_legs
quorum_create q 2 "${legs[@]}"
write_at /dev/mapper/q 0 2043 0x32
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'all is well before'
fail_writes 1
fail_writes 2
is "$(outcome write_at /dev/mapper/q 2040 3 0x33)" EIO 'a write of the last block fails on two legs'
heal 1 2
fail_writes 0
message q resync
ok 'a resync that cannot write the third comes to its end' wait_idle q
heal 0
message q resync
ok 'so does one that can' wait_idle q
for leg in 1 2; do ok "leg $leg is identical to leg 0" cmp "$work/disk0" "$work/disk$leg"; done
dm remove q
unset 'devices[-1]'

# nobody wins in the last block, so that a new leg cannot be given it
for leg in 0 1; do write_at "$work/disk$leg" 0 2043 0x32; done
write_at "$work/disk1" 2041 1 0x42
write_at "$work/disk2" 0 2043 0x66
quorum_create q 2 "${legs[@]}" -- rebuild 2
wait_idle q
is "$(dmsetup status q | awk '{ print $6, $7 }')" 'AAa 2035/2043' 'a new leg has been given all but the last block, which counts as a whole one'
done_testing
