#!/bin/bash
# P5: that legs differed counts as "raced" if a second look at all of them finds them equal. A leg that is failed before that
# is not looked at, and it may be the one that is at fault.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hung-leg.sh"
modprobe dm-delay

loop_legs 3 2048
hold_writes 2
quorum_create q 2 "${legs[@]}"
is_judged() { dmsetup status q | awk '{ exit $12 != 1 }'; }
# write_held FILL: a write that leg 2 keeps, so that nobody can look again
write_held() {
	local was
	was=$(written "${disks[1]}")
	write_at /dev/mapper/q 0 8 "$1" &
	writer=$!
	ok 'a write holds the range' poll has_written "${disks[1]}" $((was + 8))
}
for disk in "${disks[@]}"; do write_at "$disk" 0 64 0x32; done

# --- the leg that differs comes to its senses: what is counted without a fault
is "$(counts q) $(health q)" "$nothing AAA" 'nothing is counted before'
write_held 0x32
write_at "$work/disk1" 3 1 0x42
ok 'leg 1 differs, and is outvoted' holds /dev/mapper/q 0 8 0x32
write_at "$work/disk1" 3 1 0x32
is "$(counts q)" "$nothing" 'that is not judged yet'
release 2
ok 'the write ends' wait $writer
ok 'the legs have been looked at again' poll is_judged
is "$(counts q)" '0 0 0 1 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'all of them, and they are equal'

# --- it is failed before that
message q reset_counters
dm_reload held2 "0 $size delay ${disks[2]} 0 0 ${disks[2]} 0 3600000"
write_held 0x32
write_at "$work/disk1" 3 1 0x42
ok 'leg 1 differs' holds /dev/mapper/q 0 8 0x32
ok 'it is failed' message q fail 1
is "$(counts q)" "$nothing" 'that is not judged yet'
release 2
ok 'the write ends' wait $writer
# status with a flush waits for what is still to be judged
is "$(counters q) $(health q)" "$nothing ADA" 'nobody has looked at it again: nothing is counted'
done_testing
