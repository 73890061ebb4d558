#!/bin/bash
# takes 10 s
# only on 6.12
# P5: each event runs the scripts of its class, in the order of their names and of DM_SEQNUM, whoever is late or fails;
# the site can add, replace and remove them. The name of a device, or whatever else is in an event, is never executed.
# shellcheck disable=SC2016 # what is in single quotes is for others to expand, or not
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/udev.sh"

# Stands in for logger: what the log would get
printf '#!/bin/bash\nprintf "%%s " "$@" >> %q\necho >> %q\n' "$work/log" "$work/log" > "$work/logger"
chmod +x "$work/logger"
mount --bind "$work/logger" /usr/bin/logger
# a handler may still be logging
at_end 'umount --lazy /usr/bin/logger'
touch "$work/log" "$work/ran"

# tells NAME [TEXT]: a script that writes down its name and the event's number, and does something else
tells() { site_script "$1" "echo \"\${0##*/} \$DM_SEQNUM\" >> $work/ran; ${2-}"; }
ran() { xargs < "$work/ran"; }
has_run() { [ "$(wc -l < "$work/ran")" -ge "$1" ]; }
logged() { grep -c "$1" "$work/log"; }
event() { notify DISKSEQ=99999990 DEVNAME=/dev/dm-9 DM_NAME=q DM_TARGET=quorum "$@"; }
mkdir -p $site
printf 'INTERVAL=0\nTIMEOUT=600\n' > $site/events.conf

# --- classes, and names that are none
tells all-b
tells all-a
tells leg_failed-page
tells leg_restored-page
tells all-old.dpkg-dist
tells all-off
chmod -x $site/events.d/all-off
event DM_SEQNUM=1 DM_ACTION=QUORUM_LEG_FAILED DM_QUORUM_LEG=1
ok 'three scripts run' poll has_run 3
event DM_SEQNUM=2 DM_ACTION=QUORUM_SOMETHING_NEW
ok 'and two for an event that nobody knows' poll has_run 5
is "$(ran)" 'all-a 1 all-b 1 leg_failed-page 1 all-a 2 all-b 2' 'by class, in the order of their names'
syslog() { [ "$(logged ' q: ')" -ge "$1" ]; }
ok 'ours is one of them' poll syslog 2

# --- the site's come first: one in place of ours, then nothing
tells all-syslog
event DM_SEQNUM=3 DM_ACTION=QUORUM_LEG_FAILED DM_QUORUM_LEG=1
ok 'a script of the same name runs instead' poll has_run 9
is "$(tail -n 4 "$work/ran" | xargs)" 'all-a 3 all-b 3 all-syslog 3 leg_failed-page 3' 'in the same place'
ln -sf /dev/null $site/events.d/all-syslog
event DM_SEQNUM=4 DM_ACTION=QUORUM_LEG_FAILED DM_QUORUM_LEG=1
ok 'a link to /dev/null takes it away' poll has_run 12
is "$(tail -n 3 "$work/ran" | xargs)" 'all-a 4 all-b 4 leg_failed-page 4' 'and nothing else'
is "$(logged ' q: ')" 2 'ours has run for neither'

# --- one that fails, one that hangs and does not listen
rm -r $site/events.d
: > "$work/ran"
tells all-a 'exit 3'
tells all-b 'trap "" TERM; while :; do sleep 1; done'
tells all-c
echo TIMEOUT=1 >> $site/events.conf
event DM_SEQNUM=5 DM_ACTION=QUORUM_LOG_FAILED
ok 'the others run all the same' poll has_run 3
is "$(ran)" 'all-a 5 all-b 5 all-c 5' 'in their order'
is "$(logged 'daemon.err.*/all-a failed with status 3, at QUORUM_LOG_FAILED of q')" 1 'a failure is logged'
is "$(logged 'daemon.err.*/all-b was stopped after 1 seconds, at QUORUM_LOG_FAILED of q')" 1 'and so is one that was stopped'

# --- many at once, in any order, while one is at work
rm -r $site/events.d
: > "$work/ran"
mkfifo "$work/gate"
tells all-a "[ \$DM_SEQNUM != 10 ] || read -r < $work/gate"
echo TIMEOUT=600 >> $site/events.conf
event DM_SEQNUM=10 DM_ACTION=QUORUM_LEG_FAILED DM_QUORUM_LEG=1
ok 'one is at work' poll has_run 1
for number in 17 12 20 11 14 19 13 16 15 18; do
	event DM_SEQNUM=$number DM_ACTION=QUORUM_LEG_FAILED DM_QUORUM_LEG=$((number % 3)) &
	notifiers+=($!)
done
wait "${notifiers[@]}"
waiting() { pgrep -fc '^/bin/bash /usr/lib/dm-quorum/event-handler 99999990$'; }
few() { [ "$(waiting)" -le 2 ]; }
ok 'ten more: one handler waits, the rest leave it to that one' poll few
is "$(ran)" 'all-a 10' 'nothing has overtaken'
echo go > "$work/gate"
ok 'all are passed on' poll has_run 11
is "$(ran)" "$(printf 'all-a %s\n' {10..20} | xargs)" 'in the order of their numbers'

# --- what a shell would stumble over
: > "$work/ran"
hostile='$(>pwned1) `>pwned2` "; >pwned3; a[$(>pwned4)] ' uuid="\$IFS'*"$'\n''%s DM_ACTION=forged'$'\t''DM_SEQNUM=9'
tells all-a "env -0 | tr -d '\\n' | tr '\\0' '\\n' > $work/env"
notify DISKSEQ=99999991 DEVNAME=/dev/dm-9 "DM_NAME=$hostile" "DM_UUID=$uuid" DM_ACTION='a[$(>pwned5)]' \
	DM_SEQNUM='a[$(>pwned6)]' DM_QUORUM_LEG='../../x $(>pwned7)' DM_QUORUM_TYPE='*' DM_QUORUM_SUPPRESSED='a[$(>pwned8)]'
ok 'the script runs' poll has_run 1
poll grep -q UUID "$work/env"
ok 'the name comes to it as it is' grep -qxF "DM_NAME=$hostile" "$work/env"
ok 'control characters come as question marks' grep -qxF "DM_UUID=\$IFS'*?%s DM_ACTION=forged?DM_SEQNUM=9" "$work/env"
echo INTERVAL=1 >> $site/events.conf
for number in 1 2; do
	notify DISKSEQ=99999994 DEVNAME=/dev/dm-9 "DM_NAME=$hostile" DM_ACTION=QUORUM_REPORT_BAD "DM_SEQNUM=$number" \
		DM_QUORUM_LEG='a[$(>pwned9)]' DM_QUORUM_NR_SECTORS='a[$(>pwned10)]' DM_QUORUM_SUPPRESSED='a[$(>pwned11)]'
done
summed() { grep -qx SUMMARY_EVENTS=1 "$work/env"; }
ok 'a summary of such things is made' poll summed
ok 'in which what is no number is 0' grep -qx SUMMARY_SECTORS=0 "$work/env"
is "$(find / . /run/dm-quorum /run/dm-quorum/9999999? -maxdepth 1 -name 'pwned*')" '' 'no part of it was executed'

# --- settings that are none
echo 'INTERVAL=soon' > $site/events.conf
: > "$work/ran"
event DM_SEQNUM=30 DM_ACTION=QUORUM_LEG_RESTORED DM_QUORUM_LEG=1
ok 'with nonsense in events.conf, events are passed on' poll has_run 1
ok 'and that is told' grep -q 'daemon.err.*events.conf: INTERVAL' "$work/log"
done_testing
