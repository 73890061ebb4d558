#!/bin/bash
# only on 6.12
# quorumsetup --wait draws a bar on a terminal, with rate and remaining time, while a check, a repair or the filling of a
# leg goes on. Without a terminal, and with --quiet, it does not.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/quorumsetup.sh"
loop_legs 4 16384
quorum_create q 2 "${legs[@]:0:3}"
is "$(progress q)" '16384/16384 idle' 'nothing goes on before'
slowly() { echo 256 | tee /sys/module/dm_quorum/parameters/sync_speed_{min,max} > "$work/said"; }
fast() { echo 200000 > /sys/module/dm_quorum/parameters/sync_speed_max; }
bar='\[=+ +\] +[0-9]+\.[0-9] % +[0-9]+\.[0-9] MiB/s, [0-9]+ s left'

# on_terminal WORDS...: slowly until a bar with all that is drawn, then fast; sets $status
on_terminal() {
	: > "$work/typescript"
	slowly
	DM_DISABLE_UDEV=1 script --quiet --return --flush --command "quorumsetup $*" "$work/typescript" \
		> "$work/said" 2>&1 < /dev/null &
	drawing=$!
	ok "$*: a bar is drawn" poll drawn "$1"
	fast
	wait $drawing && status=0 || status=$?
}
drawn() {
	local action=$1
	[ "$1" != replace ] || action=recover
	tr '\r' '\n' < "$work/typescript" | grep -qE "^$action $bar"
}

for walk in check repair; do
	on_terminal $walk --wait q
	is "$status" 0 "$walk: and it ends well"
	like "$(tr '\r' '\n' < "$work/typescript")" "$walk has ended: 0 lost votes" \
		"$walk: with what was found, on a line of its own"
	slowly
	quorumsetup $walk --wait q > "$work/plain" 2>&1 &
	plain=$!
	goes_on() { [[ $(progress q) == *" $walk" && $(progress q) != 0/* ]]; }
	poll goes_on
	fast
	ok "$walk: not on a terminal" wait $plain
	is "$(wc -l < "$work/plain")" 1 "$walk: then nothing is told"
	like "$(< "$work/plain")" "^$walk has ended: 0 lost votes, 0 blocks without a winner" "$walk: but its end"
done
on_terminal replace --wait q 1 "${legs[3]}"
is "$status $(progress q)" '0 16384/16384 idle' 'replace: and it ends well'
ok 'the new leg is like another' cmp "$work/disk0" "$work/disk3"
done_testing
