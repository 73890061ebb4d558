#!/bin/bash
# takes 12 s
# only on 6.12
# P5: the script all-syslog writes one line to the system's log for each event, with its keys and a fitting priority.
# shellcheck disable=SC2317 # functions that are only called through others
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/udev.sh"

# Our own log: the guest's syslogd cuts lines short
mv /dev/log /dev/log.real
at_end 'mv /dev/log.real /dev/log'
perl -MIO::Socket::UNIX -e '
	$| = 1;
	my $s = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => "/dev/log") or die "/dev/log: $!";
	print "ready\n";
	while (defined $s->recv(my $line, 65536)) { $line =~ s/\n/<newline>/g; print "$line\n" }' > "$work/log" &
mkdir -p $site
echo INTERVAL=0 > $site/events.conf
poll grep -q ready "$work/log"

lines() { grep -a 'dm-quorum: ' "$work/log"; }
enough_lines() { [ "$(lines | wc -l)" -ge "$1" ]; }

# in_log PRIORITY EVENT TEXT: one line has this priority, this text, and each KEY=VALUE of the event (as quorum_events prints it)
in_log() {
	local word matching
	matching=$(lines | grep -aF "<$1>" | grep -aE "$3")
	while IFS= read -r word; do
		[ "$word" = DM_TARGET=quorum ] || matching=$(grep -aF -- "$word" <<< "$matching")
	done <<< "${2//$'\t'/$'\n'}"
	[ -n "$matching" ] && [ "$(wc -l <<< "$matching")" -eq 1 ]
}

loop_legs 3 16384
dmsetup create q --table "$(quorum_table 2 "${legs[@]}")"
devices+=(q)
udevadm settle
record_events
is "$(lines)" '' 'no line before the first event'

write_at "$work/disk1" 800 8 0x01
read_at /dev/mapper/q 800 8 > /dev/null
wait_events 1 DM_ACTION=QUORUM_REPORT_BAD
ok 'a line for a lost vote' poll in_log 28 "$(quorum_events DM_ACTION=QUORUM_REPORT_BAD)" \
	"q: leg 1 \\($(dev_number "${legs[1]}")\\) lost the vote on a read at sector 800 "

write_at "$work/disk0" 1600 8 0x01
write_at "$work/disk1" 1600 8 0x02
fails 'a read without a quorum fails' read_at /dev/mapper/q 1600 8
wait_events 1 DM_ACTION=QUORUM_FAILURE
ok 'a more urgent one for a read without a quorum' poll in_log 26 "$(quorum_events DM_ACTION=QUORUM_FAILURE)" \
	'q: no quorum for a read at sector 1600 '

message q check
wait_events 1 DM_ACTION=QUORUM_SYNC_DONE
walk=$(quorum_events DM_ACTION=QUORUM_FAILURE DM_QUORUM_TYPE=check)
ok 'what a check finds has no caller' poll in_log 26 "$walk" 'q: no quorum at sector 1600 .*: found by a check \['
ok 'one for a check that is done' poll in_log 29 "$(quorum_events DM_ACTION=QUORUM_SYNC_DONE)" \
	'q: check is complete: 1 lost votes, 1 blocks without a winner, 0 blocks repaired, 0 sectors recovered'

message q fail 1
wait_events 1 DM_ACTION=QUORUM_LEG_FAILED
ok 'and one for a failed leg' poll in_log 27 "$(quorum_events DM_ACTION=QUORUM_LEG_FAILED)" 'q: leg 1 .* is no longer used'

dmsetup --noudevsync remove q
devices=()
heard_mark
# a handler may take longer than udev does
all_lines() { enough_lines "$(event_count)"; }
ok 'each event gets its line' poll all_lines
is "$(lines | wc -l)" "$(event_count)" 'as many lines as events'

# --- a name and a UUID that a shell would stumble over
# shellcheck disable=SC2016
hostile='$(>pwned1) `>pwned2` "; >pwned3; ' uuid="\$IFS'*"$'\n''%s DM_ACTION=forged'
dmsetup --noudevsync --manglename none create "$hostile" --uuid "$uuid" --table "$(quorum_table 2 "${legs[@]}")"
udevadm settle
number=$(event_count)
dmsetup --manglename none message "$hostile" 0 fail 0
wait_events $((number + 1))
ok 'the event of a device with a hostile name gets its line' poll enough_lines $((number + 1))
udevadm settle
like "$(lines | tail -n 1)" '^<27>' 'with the right priority'
like "$(lines | tail -n 1)" 'DM_ACTION=QUORUM_LEG_FAILED' 'and the right action'
# device-mapper's own rules have put _ for most of the characters; what comes to the handler itself is not changed
like "$(lines | tail -n 1)" 'DM_NAME=[^]]*pwned1' 'and a name'
env -i DM_ACTION=QUORUM_REPORT_BAD DM_QUORUM_LEG=1 "DM_NAME=$hostile" "DM_UUID=$uuid" /usr/lib/dm-quorum/events.d/all-syslog
ok 'a hostile name is logged as it is' poll grep -qaF "DM_NAME=$hostile" "$work/log"
ok 'a newline in a UUID becomes a question mark' grep -qaF "DM_UUID=${uuid/$'\n'/?}" "$work/log"
fails 'no newline gets into the line' grep -qaF '<newline>' "$work/log"
is "$(find / . -maxdepth 1 -name 'pwned*')" '' 'and no part of it was executed'
dmsetup --noudevsync --manglename none remove "$hostile"
done_testing
