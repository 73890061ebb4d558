#!/bin/bash
# only on 6.12
# takes 8 s
# Nobody but root can ask the target anything, or tell it to do something: neither by dmsetup, nor by device-mapper's
# ioctls, if the mode of the control device were no obstacle, nor by the parameters of the module. And what root gets to see
# has no address of the kernel's in it.
. "$(dirname "$0")/lib.sh"

tracing=/sys/kernel/tracing
nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all)

# denied COMMAND...: root can, nobody cannot, and it is a matter of permission
denied() {
	ok "root can: $*" "$@"
	like "$(outcome "${nobody[@]}" "$@")" 'Permission denied|not permitted' "nobody cannot: $*"
}
all_denied() {
	denied dmsetup table q
	denied dmsetup status q
	denied dmsetup message q 0 list_mismatches
	denied dmsetup message q 0 reset_counters
	denied dmsetup message q 0 idle
	denied dmsetup load q --table "$table"
	denied dmsetup clear q
}

loop_legs 3 2048
quorum_create q 2 "${legs[@]}"
record_events
write_at /dev/mapper/q 0 2048 0x32
table=$(dmsetup table q)

is "$(stat -L -c '%U %a' /dev/mapper/control)" 'root 600' 'the control device is for root'
all_denied
chmod 666 /dev/mapper/control
all_denied
chmod 600 /dev/mapper/control
for parameter in /sys/module/dm_quorum/parameters/*; do
	is "$(stat -c '%U %a' "$parameter")" 'root 644' "${parameter##*/} is written by root only"
done
fails 'nobody reads the device' "${nobody[@]}" dd if=/dev/mapper/q of=/dev/null count=1

# all that there is to be told
echo 1 > $tracing/events/quorum/enable
trap 'echo 0 > $tracing/events/quorum/enable; finish' EXIT
write_at "$work/disk1" 8 8 0x42
write_at "$work/disk1" 16 1 0x42
write_at "$work/disk2" 16 1 0x43
ok 'a mismatch: data' holds /dev/mapper/q 8 8 0x32
is "$(outcome read_at /dev/mapper/q 16 8)" EILSEQ 'no winner'
fails 'a message that is not one' message q nonsense
fails 'a table that is not one' dm load q --table "0 $size quorum x"
message q fail 2
wait_events 1 DM_ACTION=QUORUM_LEG_FAILED
{
	dmsetup status q
	dmsetup table q
	message q list_mismatches
	quorum_events
	kernel_log | grep quorum
	sed '/^#/d; s/^.* quorum_/quorum_/' $tracing/trace
	cat /sys/module/dm_quorum/parameters/*
} > "$work/told"
ok 'there is much of it' test "$(wc -l < "$work/told")" -gt 20
is "$(grep -iE 'ffff[0-9a-f]{4}|\<(0x)?[0-9a-f]{16}\>|ptrval' "$work/told")" '' 'none of it looks like an address'
done_testing
