#!/bin/bash
# vm: --smp 2
# takes 15 s
# Promise: while one leg is overwritten with garbage again and again, readers and writers of any request size always get
# right data, and only that leg is ever blamed (P1, P3, P5).
. "$(dirname "$0")/lib.sh"

here=$(dirname "$0")
. "$here/verified-load.sh"

blamed() { [ "$(status q mismatches 1)" -gt 50 ]; }

loop_legs 3 16384
for options in '' '-- zero_copy_writes'; do
	what=${options:-a private copy of each write}
	read -ra words <<< "$options"
	quorum_create q 2 "${legs[@]}" "${words[@]}"
	write_at /dev/mapper/q 0 16384 0
	is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' "$what: nothing is counted before"

	start_load 4
	perl "$here/corrupter.pl" "$work/disk1" $((16384 * 512)) &
	corrupter=$!
	ok 'the corrupted leg is blamed' poll blamed
	ok 'the leg was still being corrupted at the end' kill "$corrupter"
	wait "$corrupter" || :
	ok 'the load was fine' load_was_fine

	is "$(status q mismatches)" "$(status q mismatches 1)" 'and nobody else'
	is "$(counters q | cut -d/ -f2,4)" ' 0 0 0 0 / 0 0 0 0' 'in no way'
	is "$(status q no_quorum)" 0 'there always was a winner'
	is "$(counters q | cut -d/ -f3)" " $(status q mismatches 1) 0 0 0 " 'wrong data are not errors'
	ok 'the healthy legs hold the same' cmp "$work/disk0" "$work/disk2"
	dm remove q
	devices=()
done
done_testing
