#!/bin/bash
# vm: --smp 2
# also on the debug kernel
# takes 30 s
# P2, P3: suspend (with and without flush), resume, and reload to other legs, in the middle of reads and writes: nothing is
# lost, nothing hangs, nobody is blamed.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/verified-load.sh"

loop_legs 4 16384
quorum_create q 2 "${legs[@]:0:3}"
start_load 2
ok 'the load has begun' works 20
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'nothing is counted before'

for i in 1 2; do
	for how in '' --noflush --nolockfs; do
		# shellcheck disable=SC2086 # an option or none
		dm suspend $how q
		if [ "$i" = 1 ]; then
			is "$(dm info -c --noheadings -o suspended q)" Suspended "suspended ${how:+with $how }"
			was=$(done_requests)
			is "$(done_requests)" "$was" 'no request is done'
		fi
		dm resume q
		works 20
	done
done
ok 'after suspending six times, the load goes on' works 20
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'nothing is counted'

# a new table over the live one; its legs are the same, told in another order
for i in 1 2; do
	quorum_reload q 2 "${legs[i % 3]}" "${legs[(i + 1) % 3]}" "${legs[(i + 2) % 3]}"
	works 20
done
ok 'after two reloads, the load goes on' works 20
is "$(counters q | sed 's/^0 0 0 [0-9]* /0 0 0 x /')" '0 0 0 x / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'and still nothing is counted'

# from three legs to two: the third is free at once
quorum_reload q 2 "${legs[@]:0:2}"
ok 'a leg that has been taken out is free' exclusive "${disks[2]}"
fails 'the others are not' exclusive "${disks[0]}"
ok 'the load goes on with two legs' works 20

ok 'the load was fine to the end' load_was_fine
ok 'the two legs are identical' cmp "$work/disk0" "$work/disk1"
done_testing
