#!/bin/bash
# P2: a write that fails takes nothing away from what was acknowledged before: a leg that was not there lacks nothing of it, and
# has its vote when it is back. One that cannot succeed, because a leg that takes it would not count, is sent to nobody.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/log.sh"
region=128
loop_legs 4 2048
wrap_first 3
legs[3]=${disks[3]}
healthy() { [ "$(dmsetup status q | awk '{ print $6 }')" = "$1" ]; }
# what is restored is recovered by itself
resynced() { poll message q resync 2> /dev/null && wait_idle q; }

for options in '' "-- log disk 2 ${disks[3]} $region"; do
	dd if=/dev/zero of="$log_file" bs=512 count=2048 conv=notrunc status=none
	# shellcheck disable=SC2086 # words
	quorum_create q 2 "${legs[@]:0:3}" $options
	wait_idle q
	write_at /dev/mapper/q 0 2048 0x32
	ok "${options:-no log}: all is well before" healthy AAA
	is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'and nothing is counted'

	message q fail 2
	fail_writes 1
	is "$(outcome write_at /dev/mapper/q 64 16 0x33)" EIO 'one leg is away and another cannot be written: a write fails'
	message q fail 1
	message q restore 2
	ok 'the one that was away is back' wait_idle q
	ok 'and lacks nothing' healthy ADA
	ok 'nor is it left to differ' cmp "$work/disk0" "$work/disk2"
	ok 'what is beside it can be read' holds /dev/mapper/q 56 8 0x32
	is "$(outcome read_at /dev/mapper/q 64 16)" ok 'where the write has failed one version can be read'
	heal 1
	message q restore 1
	ok 'all legs are back' resynced
	ok 'and in sync' healthy AAA
	is "$(status q mismatches) $(status q no_quorum)" '0 1' 'nobody is blamed'

	write_at /dev/mapper/q 0 2048 0x32
	message q fail 2
	write_at /dev/mapper/q 80 8 0x34
	fail_writes 1
	is "$(outcome write_at /dev/mapper/q 80 16 0x33)" EIO 'a write fails in a block that a leg lacks already'
	heal 1
	message q fail 0
	message q restore 2
	message q frozen
	is "$(dmsetup status q | awk '{ print $6, $7 }')" 'DAa 2040/2048' 'it still does, and nothing else'
	like "$(outcome read_at /dev/mapper/q 80 8)" '^E' 'it has no vote there'
	message q restore 0
	ok 'all legs are back' resynced
	ok 'and in sync' healthy AAA
	remove q
done

# a leg that is not filled yet takes the write, but does not count
pace 1
write_at "$work/disk2" 0 2048 0x66
for leg in 0 1; do write_at "$work/disk$leg" 0 2048 0x32; done
quorum_create q 2 "${legs[@]:0:3}" -- rebuild 2
message q frozen
ok 'a leg is to be filled' healthy AAa
message q fail 1
is "$(outcome write_at /dev/mapper/q 1024 1 0x33)" EIO 'and another is away: a write fails'
ok 'and is sent to nobody' holds "$work/disk0" 1024 1 0x32
ok 'nor to the other' holds "$work/disk2" 1024 1 0x66
message q restore 1
pace 200000
ok 'it is back' resynced
ok 'and lacks nothing, nor does the other' healthy AAA
ok 'what nobody has written is still there' holds /dev/mapper/q 0 2048 0x32
is "$(status q mismatches) $(status q no_quorum)" '0 1' 'nobody is blamed'
done_testing
