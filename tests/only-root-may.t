#!/bin/bash
# only on 6.12
# takes 8 s
# Nobody without CAP_SYS_ADMIN can ask the target anything, or tell it to do something: neither by dmsetup, nor by
# device-mapper's ioctls, if the mode of the control device were no obstacle, nor by the parameters or the events of the
# module. It has to be that of the machine: the root of a user namespace has no more than anybody. And what root gets to see
# has no address of the kernel's in it.
. "$(dirname "$0")/lib.sh"

tracing=/sys/kernel/tracing
nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all)

# root without it; nobody with it; root of a user namespace
# shellcheck disable=SC2034  # by its name
powerless=(setpriv --inh-caps=-sys_admin --bounding-set=-sys_admin)
powerful=(setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=+sys_admin --ambient-caps=+sys_admin)
inside=("${nobody[@]}" unshare --user --map-root-user)

# denied WHO COMMAND...: root can, WHO cannot, and it is a matter of permission
denied() {
	local -n who=$1
	ok "root can: ${*:2}" "${@:2}"
	like "$(outcome "${who[@]}" "${@:2}")" 'Permission denied|not permitted' "$1 cannot: ${*:2}"
}
# all_denied WHO
all_denied() {
	denied "$1" dmsetup table q
	denied "$1" dmsetup status q
	denied "$1" dmsetup message q 0 list_mismatches
	denied "$1" dmsetup message q 0 reset_counters
	denied "$1" dmsetup message q 0 idle
	denied "$1" dmsetup load q --table "$table"
	denied "$1" dmsetup clear q
}

loop_legs 3 2048
quorum_create q 2 "${legs[@]}"
record_events
write_at /dev/mapper/q 0 2048 0x32
table=$(dmsetup table q)

is "$(stat -L -c '%U %a' /dev/mapper/control)" 'root 600' 'the control device is for root'
all_denied nobody
all_denied powerless
all=(nobody powerless)
# the debug kernel has no user namespaces
if [ -e /proc/self/ns/user ]; then
	is "$("${inside[@]}" id -u)" 0 'there is a root inside'
	all+=(inside)
fi
chmod 666 /dev/mapper/control
at_end 'chmod 600 /dev/mapper/control'
for who in "${all[@]}"; do all_denied "$who"; done
ok 'who has the capability can' "${powerful[@]}" dmsetup message q 0 list_mismatches
chmod 600 /dev/mapper/control
for parameter in /sys/module/dm_quorum/parameters/*; do
	is "$(stat -c '%U %a' "$parameter")" 'root 644' "${parameter##*/} is written by root only"
done
fails 'nobody reads the device' "${nobody[@]}" dd if=/dev/mapper/q of=/dev/null count=1
fails 'nor what is traced' "${nobody[@]}" head -n 1 $tracing/trace
fails 'nor has it traced' "${nobody[@]}" sh -c "echo 1 > $tracing/events/quorum/enable"

# all that there is to be told
echo 1 > $tracing/events/quorum/enable
at_end "echo 0 > $tracing/events/quorum/enable"
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
