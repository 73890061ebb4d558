#!/bin/bash
# takes 8 s
# only on 6.12
# P5: the first event of a leg and type is told at once, those that follow are counted and told as one when the interval is
# over, even if nothing more happens; legs and types do not hide each other, a reload changes nothing, and a device that is
# made again starts anew. A leg that fails again and again is told five times.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/udev.sh"

site_script all-told "echo \"\$DM_ACTION leg=\${DM_QUORUM_LEG-} \${DM_QUORUM_TYPE-} \${SUMMARY_EVENTS+summary of \$SUMMARY_EVENTS, \$SUMMARY_SECTORS sectors}\" >> $work/told"
touch "$work/told"
told() { grep -c -- "$1" "$work/told" || :; }
enough() { [ "$(told "$1")" -ge "$2" ]; }
interval() { echo "INTERVAL=$1" > "$site/events.conf"; }
bad_read() {
	local before
	before=$(event_count)
	read_at /dev/mapper/q "$1" 8 > /dev/null
	wait_events $((before + 1))
}
create() {
	dmsetup create q --table "$(quorum_table 2 "${legs[@]}")"
	udevadm settle
	diskseq=$(< "/sys/dev/block/$(dev_number /dev/mapper/q)/diskseq")
}

interval 3600
loop_legs 4 16384
create
devices+=(q)
record_events
for at in 1600 3200 4800; do write_at "$work/disk1" $at 8 0x01; done
write_at "$work/disk2" 6400 8 0x01
is "$(cat "$work/told")" '' 'nothing is told before'

bad_read 1600
ok 'the first event is told at once' poll enough REPORT_BAD 1
ok 'the handler leaves word that it only counts' poll test -e "/run/dm-quorum/$diskseq/counting.1.QUORUM_REPORT_BAD.read"
bad_read 3200
dmsetup suspend q
dmsetup load q --table "$(quorum_table 2 "${legs[@]}" -- max_leg_errors 100)"
dmsetup resume q
udevadm settle
bad_read 4800
bad_read 6400
ok 'another leg is told at once' poll enough 'leg=2 read' 1
message q check
wait_events 1 DM_ACTION=QUORUM_SYNC_DONE
ok 'another type, too' poll enough 'leg=1 check' 1
udevadm settle
is "$(told 'leg=1 read')" 1 'the same is not told again, not after a reload either'

# --- the end of an interval. One that is under way ends when it was to end; those that begin now are shorter.
interval 2
write_at "$work/disk0" 8000 8 0x01
before=$(event_count DM_QUORUM_LEG=0)
is "$before $(told leg=0)" '0 0' 'nothing is told of leg 0 before'
one_more() {
	bad_read 8000
	enough 'leg=0 read summary' 1
}
ok 'what was counted is told' poll one_more
all_told() { [ "$(awk '/leg=0 read/ { n += $4 == "summary" ? $6 : 1 } END { print n + 0 }' "$work/told")" -ge "$(event_count DM_QUORUM_LEG=0)" ]; }
ok 'all of it, without another event' poll all_told
is "$(awk '/leg=0 read/ { n += $4 == "summary" ? $7 : 8 } END { print n + 0 }' "$work/told")" $((8 * $(event_count DM_QUORUM_LEG=0))) \
	'with all sectors'

# --- a leg that comes and goes
interval 3600
for number in 1 2 3 4 5 6 7 8; do
	notify DISKSEQ=99999993 DM_NAME=flaps DM_ACTION=QUORUM_LEG_FAILED DM_SEQNUM=$number DM_QUORUM_LEG=17
done
notify DISKSEQ=99999993 DM_NAME=flaps DM_ACTION=QUORUM_LEG_RESTORED DM_SEQNUM=9 DM_QUORUM_LEG=17
ok 'a leg has come and gone' poll enough 'LEG_RESTORED leg=17' 1
is "$(told 'LEG_FAILED leg=17')" 5 'five times it is told'

# --- made again
is "$(told 'leg=1 read')" 1 'the long interval still goes on'
dmsetup remove q
devices=()
create
devices+=(q)
bad_read 1600
ok 'a device that is made again is told of at once' poll enough 'leg=1 read' 2
done_testing
