#!/bin/bash
# The leg that reads into the caller's pages, which cannot be taken back if it hangs, is one that is not slow: a read lets a
# slow leg go that hangs and is failed, whatever its number. (P5)
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hung-leg.sh"
modprobe dm-delay

loop_legs 3 1024
wrap_legs
quorum_create q 2 "${legs[@]}"
write_at /dev/mapper/q 0 1024 0x32
# as long as it takes to be timed often enough: one read in a tick
reads() { for _ in {1..12}; do holds /dev/mapper/q 8 8 0x32 || return; done; }
# fail_in_read LEG: it hangs in a read, of $job, and is failed
fail_in_read() {
	hang "$1"
	read_at /dev/mapper/q 8 8 > "$work/read" &
	job=$!
	poll in_flight /dev/mapper/q 1 0 && message q fail "$1"
}
has_ended() { ! all_running "$job"; }
# lets_go LEG: a read that the leg hangs in ends when it is failed. keeps LEG: it does not
lets_go() { fail_in_read "$1" && poll has_ended; }
keeps() { fail_in_read "$1" && nap 1 && all_running "$job"; }
back() {
	unhang "$1"
	restored q "$1"
	recovered q
}
ok 'all legs are fast' reads
ok 'the first leg has the pages' keeps 0
ok 'it comes back' back 0
# suspended legs have come late, but not often
ok 'all legs are fast' reads

dm_reload leg0 "0 $size delay ${disks[0]} 0 100 ${disks[0]} 0 0"
ok 'it is slow now' reads
ok 'it has not got them any more' lets_go 0
ok 'it comes back' back 0
dm_reload leg0 "0 $size linear ${disks[0]} 0"
ok 'it is fast again' reads
ok 'and has the pages again' keeps 0
ok 'it comes back' back 0
is "$(counters q) $(health q)" "$nothing AAA" 'nobody is blamed'

dm_reload leg0 "0 $size delay ${disks[0]} 0 100 ${disks[0]} 0 0"
quorum_reload q 1 "${legs[@]:0:2}"
ok 'it is slow again' reads
message q fail 1
ok 'and is read all the same if it is the only one' holds /dev/mapper/q 8 8 0x32
done_testing
