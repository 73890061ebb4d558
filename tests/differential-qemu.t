#!/bin/bash
# only on 6.12
# takes 25 s
# P1, P4, P5: beside QEMU's quorum driver, with the same random writes, damage, read errors and reads (SEED, ROUNDS): reads
# return the same, the legs hold the same and the same legs are reported, but where QEMU is known not to be right. Each of
# these differences has its own rule (differential-qemu.pl), is counted and told, and is described in Documentation/qemu.md.
. "$(dirname "$0")/lib.sh"

here=$(dirname "$0")
seed=${SEED:-1}
steps=$(rounds 200)
modprobe dm-flakey

# compare LEGS THRESHOLD [OPTION]: QEMU's name for it
compare() {
	quorum_create q "$2" "${legs[@]:0:$1}" -- ${3:+"${3/rewrite/rewrite_corrupted}"}
	ok "$1 legs, threshold $2${3:+, $3}" perl "$here/differential-qemu.pl" "$work" "$seed" "$steps" "$@"
	diag "$(cat "$work/said")"
	dm remove q
	devices=("${devices[@]:0:10}")
}

loop_legs 10 32
wrap_legs
compare 3 2
compare 4 2
compare 5 3
compare 5 2
compare 3 2 rewrite
compare 4 2 rewrite
compare 2 2 blkverify
done_testing
