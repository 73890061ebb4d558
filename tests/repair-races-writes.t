#!/bin/bash
# vm: --smp 2
# also on the debug kernel
# takes 30 s
# P2, P3: a leg is repaired while writes to the same blocks are in flight, on legs that do them at other times. Whatever the
# reads saw, each leg holds the last write in the end: a repair undoes none. (QEMU's quorum lost one in 3 of 3 tries.)
# ROUNDS (200) is how often.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/slow-legs.sh"

here=$(dirname "$0")
rounds=$(rounds 200)
require_modules dm-delay dm-multipath dm-round-robin

race() {
	perl "$here/repair-races-writes.pl" /dev/mapper/q "$rounds" "$work"/disk? > "$work/race" || return
	cat "$work/race"
	[ "$(cat "$work/race")" = "rounds $rounds, requests that failed 0, writes undone 0" ]
}

loop_legs 3 2048
wayward_leg 0 0 3
slow_leg 1 0 12
slow_leg 2 0 15
quorum_create q 2 "${legs[@]}" -- rewrite_corrupted
write_at /dev/mapper/q 0 2048 0
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'nothing is counted before'
ok "in $rounds rounds, no write is undone" race
like "$(counters q)" '^([0-9]+) 0 [0-9]+ [0-9]+ / 0 0 0 0 / \1 0 0 [0-9]+ / 0 0 0 0$' 'only the leg that was corrupted is blamed'
ok 'it has been repaired' test "$(status q rewritten 1)" -ge "$rounds"
is "$(status q rewritten)" "$(status q rewritten 1)" 'and no other'
ok 'the legs are identical' cmp "$work/disk0" "$work/disk1"
ok 'all of them' cmp "$work/disk0" "$work/disk2"
done_testing
