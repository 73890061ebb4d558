#!/bin/bash
# With write_ack threshold a flush is acknowledged when vote_threshold legs have done it. A leg that fails it later is
# counted and told like any other (P5), which takes nothing back (P2); and as long as too few have done it, it is not
# acknowledged.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hung-leg.sh"

loop_legs 3 2048
wrap_legs
hold_flushes 2
# dm-delay counts nothing as in flight while it keeps it
dm_create top2 "0 $size linear ${legs[2]} 0"
legs[2]=/dev/mapper/top2
# keep_flushes LEG: once more
keep_flushes() {
	local leg=/dev/mapper/leg$1
	dm_reload "held$1" "0 $size delay $leg 0 0 $leg 0 0 $leg 0 3600000"
}
# of_legs: without a suspend, before which a log has the legs flushed
of_legs() { counts q | grep -o '^[0-9 /]*[0-9]'; }
# what the log sends may be kept as well
is_sent() { in_flight /dev/mapper/top2 0 1 || in_flight /dev/mapper/top2 0 2; }
for options in '' 'log core 2 1024 nosync'; do
	# a log has each leg flushed, too, before it takes marks back
	if [ -z "$options" ]; then times=1 votes=2/3; else times='[1-9]' votes=$'(0/1\n)?2/3'; fi
	# shellcheck disable=SC2086  # words
	quorum_create q 2 "${legs[@]}" -- write_ack threshold $options
	record_events
	keep_flushes 2
	ok "${options:-no log}: the device is written" write_at /dev/mapper/q 0 2048 0x32
	ok 'a flush does not wait for leg 2' flush /dev/mapper/q
	like "$(counts q) $(health q)" "^$nothing.* AAA\$" 'nothing is counted before'

	fail_writes 2
	release 2
	ok 'leg 2 fails it: it is told' \
		wait_events 1 DM_ACTION=QUORUM_REPORT_BAD DM_QUORUM_LEG=2 DM_QUORUM_TYPE=flush DM_QUORUM_ERROR=5 DM_QUORUM_VOTES=2/3
	like "$(event_values DM_QUORUM_VOTES | sort -u)" "^$votes\$" 'with what the others did'
	like "$(of_legs) $(health q)" "^0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 $times 0 AAA\$" 'and counted'
	heal 2
	ok 'what was flushed is there' holds /dev/mapper/q 0 2048 0x32
	ok 'a flush that all legs do succeeds' flush /dev/mapper/q

	# leg 0 fails at once: only leg 2 can make it two
	message q reset_counters
	forget_events
	keep_flushes 2
	fail_writes 0
	outcome flush /dev/mapper/q > "$work/outcome" &
	job=$!
	ok 'leg 0 fails a flush: it is sent' poll is_sent
	ok 'and waits for leg 2' all_running $job
	is "$(cat "$work/outcome")" '' 'it has not been answered'
	fail_writes 2
	release 2
	ok 'leg 2 fails it as well' wait $job
	is "$(cat "$work/outcome")" EIO 'it fails'
	like "$(of_legs)" "^0 1 0 0 / 0 0 $times 0 / 0 0 0 0 / 0 0 $times 0\$" 'that is counted'
	ok 'and told' wait_events 1 DM_ACTION=QUORUM_FAILURE DM_QUORUM_TYPE=flush DM_QUORUM_ERROR=5
	heal 0 2
	kill "$monitor"
	wait "$monitor" 2> /dev/null || :
	dm remove q
	devices=("${devices[@]:0:5}")
done
done_testing
