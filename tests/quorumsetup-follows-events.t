#!/bin/bash
# quorumsetup events --follow prints the events of a device, each in a line, with their keys, and no others.
# only on 6.12
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/quorumsetup.sh"
loop_legs 3 2048
quorum_create q 2 "${legs[@]}"

DM_DISABLE_UDEV=1 command quorumsetup events --follow q > "$work/followed" &
follower=$!
# it listens when it prints what is sent
told() { grep -q "$1" "$work/followed"; }
listens() {
	message q check 0 8
	wait_idle q
	told QUORUM_SYNC_DONE
}
ok 'it listens' poll listens
is "$(grep -c REPORT_BAD "$work/followed" || :)" 0 'nothing bad before'

write_at "$work/disk1" 80 1 0x42
ok 'the device is read' holds /dev/mapper/q 80 8 0
ok 'the event is printed' poll told REPORT_BAD
like "$(grep REPORT_BAD "$work/followed")" \
	"^[-0-9T:+]+ q QUORUM_REPORT_BAD DM_SEQNUM=[0-9]+ DM_QUORUM_LEG=1 DM_QUORUM_DEV=$(dev_number "${legs[1]}") DM_QUORUM_TYPE=read DM_QUORUM_SECTOR=80 DM_QUORUM_NR_SECTORS=1 DM_QUORUM_VOTES=2/3 DM_QUORUM_SUPPRESSED=0$" \
	'with its keys'
quorumsetup fail q 0
ok 'so is the next' poll told QUORUM_LEG_FAILED
is "$(awk '{ print $2 }' "$work/followed" | sort -u)" q 'of that device only'
kill "$follower"
wait "$follower" || :

done_testing
