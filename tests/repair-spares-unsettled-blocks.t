#!/bin/bash
# Where a write failed as a whole no leg is wrong, so rewrite_corrupted repairs none there: neither one that the vote goes
# against, nor one that fails elsewhere in the same request (P2, P3).
. "$(dirname "$0")/lib.sh"

# unsettle LEG...: a write to block 64 fails on all but these
unsettle() {
	local leg
	for leg in "${!legs[@]}"; do [[ " $* " == *" $leg "* ]] || fail_writes "$leg"; done
	is "$(outcome write_at /dev/mapper/q 64 8 0x33)" EIO "a write that only leg $* takes fails"
	for leg in "${!legs[@]}"; do [[ " $* " == *" $leg "* ]] || heal "$leg"; done
	message q reset_counters
}

# --- the leg that is in the minority fails elsewhere: the others agree
loop_legs 3 2048
wrap_legs
quorum_create q 2 "${legs[@]}" -- rewrite_corrupted
write_at /dev/mapper/q 0 2048 0x32
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'nothing is counted before'
unsettle 0
fail_sectors 0 200
ok 'three legs, one fails elsewhere: data' read_at /dev/mapper/q 0 256
is "$(status q mismatches) $(status q rewritten)" '0 0' 'nobody is blamed or repaired'
ok 'the leg keeps the new version' holds "$work/disk0" 64 8 0x33
heal 0
dm remove q
devices=(leg0 leg1 leg2)

# --- another one fails elsewhere: the first reading settles the block, the one under the lock does not look at it again
loop_legs 2 2048
for leg in 3 4; do
	dm_create "leg$leg" "0 $size linear ${disks[leg]} 0"
	legs[leg]=/dev/mapper/leg$leg
done
# each block of its own kind: memory that has been used before is not to look right
perl -e 'print chr(64 + $_) x 4096 for 0 .. 31' > "$work/blocks"
for leg in {0..4}; do dd if="$work/blocks" of="$work/disk$leg" bs=128k conv=notrunc status=none; done
quorum_create q 3 "${legs[@]}" -- rewrite_corrupted
unsettle 3
fail_sectors 4 200
ok 'five legs, one fails elsewhere: data' read_at /dev/mapper/q 0 256
is "$(status q mismatches) $(status q rewritten)" '0 0' 'nobody is blamed or repaired'
ok 'the leg that fails keeps its version' holds "$work/disk4" 64 8 72
ok 'and so does the one in the minority' holds "$work/disk3" 64 8 0x33
done_testing
