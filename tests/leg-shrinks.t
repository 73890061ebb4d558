#!/bin/bash
# takes 7 s
# P1, P2: a leg that becomes smaller while it is in use fails what is behind its end, or gives zeroes for it, and that
# is all: data are right as long as enough legs are left, and an error if they are not.
. "$(dirname "$0")/lib.sh"

# shrink LEG SECTORS: so many are left
shrink() { dm_reload "leg$1" "0 $2 linear ${disks[$1]} 0"; }

loop_legs 3 2048
wrap_legs
quorum_create q 2 "${legs[@]}"
write_at /dev/mapper/q 0 2048 0x32
ok 'before: data' holds /dev/mapper/q 0 2048 0x32
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'no fault'

shrink 1 1027
is "$(blockdev --getsz /dev/mapper/leg1)" 1027 'a leg shrinks to half, and in the middle of a block'
ok 'before its end: data' holds /dev/mapper/q 0 1024 0x32
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'no fault'
ok 'behind its end: data' holds /dev/mapper/q 1032 8 0x32
ok 'across its end: data' holds /dev/mapper/q 1024 8 0x32
ok 'the first sector behind it: data' holds /dev/mapper/q 1027 1 0x32
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 3 0 0 / 0 0 0 0' 'the leg has failed three reads'
ok 'it is written behind the end' write_at /dev/mapper/q 1536 8 0x33
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 3 1 0 / 0 0 0 0' 'which the leg has failed'
is "$(status q health)" AaA 'and missed'

shrink 2 1
ok 'a second one is left with one sector: data' holds /dev/mapper/q 0 1 0x32
is "$(outcome read_at /dev/mapper/q 1032 8)" EIO 'where one leg is left: an error'
is "$(outcome write_at /dev/mapper/q 1032 8 0x34)" EIO 'for a write, too'
ok 'where two are: data' holds /dev/mapper/q 0 1 0x32

heal 1 2
poll message q resync
wait_idle q
message q repair
wait_idle q
is "$(status q health)" AAA 'they are as large as before: all legs are in sync'
ok 'data' holds /dev/mapper/q 1536 8 0x33
ok 'and before' holds /dev/mapper/q 0 1032 0x32
for leg in 1 2; do ok "leg $leg has it" holds "$work/disk$leg" 1536 8 0x33; done

# the device does not say that there is less behind it
message q reset_counters
truncate -s $((1027 * 512)) "$work/disk1"
ok 'the file under a leg is cut off: data' holds /dev/mapper/q 1020 8 0x32
ok 'behind its end: data' holds /dev/mapper/q 1536 8 0x33
is "$(status q no_quorum)" 0 'every block has a winner'
like "$(status q mismatches 1)/$(status q read_errors 1)" '^(2/0|1/1|0/2)$' 'the leg is wrong, or fails, in two blocks'
like "$(counters q)" '/ 0 0 0 0 / .* / 0 0 0 0$' 'no other is'
losetup --set-capacity "${disks[1]}"
is "$(blockdev --getsz "${disks[1]}")" 1027 'the loop device is told'
ok 'data' holds /dev/mapper/q 1536 8 0x33
truncate -s $((2048 * 512)) "$work/disk1"
losetup --set-capacity "${disks[1]}"
ok 'the leg is as large as before, with zeroes: repaired' message q repair
wait_idle q
ok 'it holds the data' holds "$work/disk1" 1536 8 0x33
done_testing
