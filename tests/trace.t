#!/bin/bash
# Promise: the tracepoints tell of each request, each leg's answer, each vote that there was, and each event, with the
# sectors of the device.
. "$(dirname "$0")/lib.sh"

tracing=/sys/kernel/tracing
[ -d $tracing/events/quorum ] || skip_all 'no tracepoints: a kernel without CONFIG_TRACING'

loop_legs 3 16384
quorum_create q 2 "${legs[@]}"
record_events
number=$(dev_number /dev/mapper/q)
number=${number/:/,}
is "$(find $tracing/events/quorum -maxdepth 1 -name 'quorum_*' | wc -l)" 4 'there are four'

# traced EVENT: what it has told of our device
traced() { sed -n "s/.* quorum_$1: $number //p" $tracing/trace; }

echo 1 > $tracing/events/quorum/enable
at_end "echo 0 > $tracing/events/quorum/enable"
echo > $tracing/trace
is "$(traced request)" '' 'nothing before the first request'

write_at /dev/mapper/q 800 8 0x11
is "$(traced request)" 'op=1 sector=800 sectors=8 legs=0x7' 'a write'
is "$(traced leg_end | sort)" "$(printf 'op=1 sector=800 sectors=8 leg=%d error=0\n' 0 1 2)" 'goes to three legs'
is "$(traced vote)" '' 'and is no vote'

echo > $tracing/trace
read_at /dev/mapper/q 800 16 > /dev/null
is "$(traced request)" 'op=0 sector=800 sectors=16 legs=0x7' 'a read'
is "$(traced leg_end | sort)" "$(printf 'op=0 sector=800 sectors=16 leg=%d error=0\n' 0 1 2)" 'comes from three legs'

write_at "$work/disk1" 800 8 0xee
echo > $tracing/trace
read_at /dev/mapper/q 800 8 > /dev/null
like "$(traced vote | tail -n 1)" 'sector=80[0-7] sectors=[18] votes=2/3 winner=[02] losers=0x2$' 'a lost vote names the loser'
wait_events 1
# action and type 0: a report of a bad leg, in a read
is "$(traced event)" 'action=0 type=0 leg=1 sector=800 sectors=8 error=0 suppressed=0' 'and the event is traced too'
done_testing
