#!/bin/bash
# takes 10 s
# Promise: with the udev rules installed, an event does not make udev read the device again. Without them, it does, and a
# bad block at the start of the device then raises one event after another for ever.
# shellcheck disable=SC2317 # functions that are only called through others
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/udev.sh"

rule=11-dm-quorum.rules

# Requests that have been made to the quorum device
reads() { awk '{ print $1 + $2 }' "/sys/dev/block/$(dev_number /dev/mapper/q)/stat"; }

loop_legs 4 16384
dmsetup create q --table "$(quorum_table 2 "${legs[@]}")"
devices+=(q)
mkfs.ext4 -q -b 4096 -U 6d0c8a2e-6a52-4d4f-9c0e-0123456789ab /dev/mapper/q
udevadm trigger --settle --action=change --name-match=/dev/mapper/q
# udev looks again after every writer, mkfs here, some time after it
calm() {
	local was
	was=$(reads)
	nap 0.5
	udevadm settle
	[ "$(reads)" -eq "$was" ]
}
poll calm
like "$(udevadm info --query=property /dev/mapper/q)" ID_FS_UUID=6d0c8a2e 'udev knows the filesystem'

# --- with the rule
record_events
write_at "$work/disk1" 2 2 0xee
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'nothing is counted before the read'
before=$(reads)
read_at /dev/mapper/q 0 8 > /dev/null
wait_events 1 DM_ACTION=QUORUM_REPORT_BAD
udevadm settle
is "$(reads)" $((before + 1)) 'there was one read, ours'
is "$(status q mismatches)" 1 'and one mismatch'
is "$(last_event q 3)" 2 'the event is the only one'
udevadm settle
is "$(reads)" $((before + 1)) "a leg's failure does not make udev read either"

# --- without it
mkdir -p /run/udev/rules.d
ln -s /dev/null "/run/udev/rules.d/$rule"
udevadm control --reload
before=$(event_count DM_ACTION=QUORUM_REPORT_BAD)
read_at /dev/mapper/q 0 8 > /dev/null
ok 'without the rule, one read is followed by event after event' wait_events $((before + 6)) DM_ACTION=QUORUM_REPORT_BAD
ok 'and each of them is a scan of the device' test "$(status q mismatches)" -ge 6

# --- and with it again
rm "/run/udev/rules.d/$rule"
udevadm control --reload
# the event that is still on its way may have been taken up before the reload
quiet() {
	local was told
	was=$(status q mismatches)
	told=$(event_count DM_ACTION=QUORUM_REPORT_BAD)
	read_at /dev/mapper/q 0 8 > /dev/null
	wait_events $((told + 1)) DM_ACTION=QUORUM_REPORT_BAD
	udevadm settle
	[ "$(status q mismatches)" -eq $((was + 1)) ]
}
ok 'with the rule back, the loop ends' poll quiet
done_testing
